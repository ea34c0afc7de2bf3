"""JSON Schema 2020-12 of `case.v1`, the document the desks exchange.

`python -m handoff.schema` prints it; docs/case.v1.schema.json is the published copy.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from handoff.case import FIELD_TITLES, RISK_TITLES, STATE_TITLES, Case

_TITLES = {
    "Case": {
        "schema_version": "文档版本",
        "number": "编号",
        "access_code": "查询码",
        "state": "状态",
        "origin": "来源",
        "matter": "事项",
        "title": "标题",
        "queue": "所在席",
        "first_queue": "首接席",
        "route": "去向",
        "priority": "优先级",
        "linkage": "联动单位",
        "code": "类别代码",
        "appeal_type": "诉求类型",
        "fields": "要素",
        "risks": "风险",
        "consent": "告知与同意",
        "quotes": "市民原话",
        "also_asked": "顺带提到的事项",
        "missing": "未取得的要素",
        "confidential": "是否保密",
        "assignee": "承办人",
        "lease_until": "接收有效期",
        "transfers": "互转记录",
        "result": "处理结果",
        "follow_up": "回访",
        "callback": "回拨",
        "history": "办理经过",
        "created_at": "受理时间",
        "offered_at": "本次等待起点",
        "updated_at": "最近变动时间",
        "version": "版本",
    },
    "Origin": {
        "channel": "渠道",
        "conversation": "会话",
        "entry": "市民选择的入口",
        "caller_number": "来电号码",
        "trunk": "中继线",
    },
    "FieldValue": {
        "value": "内容",
        "source": "来源",
        "quote": "原话",
        "confidence": "把握",
        "at": "取得时间",
        "by": "填写人",
    },
    "Risk": {"flag": "风险", "quote": "原话"},
    "Consent": {"told": "已告知", "answer": "市民答复", "given": "是否同意", "at": "时间"},
    "Transfer": {
        "receipt": "回执号",
        "from_queue": "转出席",
        "to_queue": "转入席",
        "route": "转出前的去向",
        "reason": "理由",
        "by": "经办人",
        "at": "时间",
        "kind": "方式",
        "accepted_by": "签收人",
        "accepted_at": "签收时间",
    },
    "Result": {"text": "内容", "by": "填写人", "at": "时间"},
    "FollowUp": {
        "resolved": "是否解决",
        "satisfied": "是否满意",
        "comment": "回访意见",
        "by": "回访人",
        "at": "时间",
    },
    "Callback": {"number": "回拨号码", "since": "挂断时间", "why": "在哪里等", "attempts": "回拨记录"},
    "CallbackAttempt": {"reached": "是否接通", "by": "回拨人", "at": "时间"},
    "HistoryEntry": {"at": "时间", "by": "经办人", "action": "动作", "text": "说明"},
}
_MODEL_TITLES = {
    "Origin": "来源",
    "FieldValue": "要素内容",
    "FieldName": "要素",
    "Source": "要素来源",
    "Risk": "风险",
    "RiskFlag": "风险标记",
    "Consent": "告知与同意",
    "Channel": "渠道",
    "CaseState": "状态",
    "Transfer": "互转",
    "Result": "处理结果",
    "FollowUp": "回访",
    "Callback": "回拨",
    "CallbackAttempt": "一次回拨",
    "HistoryEntry": "办理经过",
}
_VALUE_TITLES: dict[str, dict[Any, str]] = {
    "FieldName": dict(FIELD_TITLES),
    "RiskFlag": dict(RISK_TITLES),
    "CaseState": dict(STATE_TITLES),
}


def case_schema() -> dict[str, Any]:
    """The schema of a filed case as it is stored and sent, with Chinese titles."""
    schema = Case.model_json_schema(mode="serialization")
    for name, definition in schema["$defs"].items():
        definition["title"] = _MODEL_TITLES[name]
        _entitle(definition, name)
        if name in _VALUE_TITLES:
            titles = _VALUE_TITLES[name]
            definition["oneOf"] = [{"const": value, "title": titles[value]} for value in definition.pop("enum")]
    _entitle(schema, "Case")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:yidiantong:case.v1",
        **schema,
        "title": "警情 / 工单 case.v1",
    }


def main() -> None:
    """Print the schema."""
    sys.stdout.write(json.dumps(case_schema(), ensure_ascii=False, indent=2) + "\n")


def _entitle(definition: dict[str, Any], model: str) -> None:
    for name, described in definition.get("properties", {}).items():
        described["title"] = _TITLES[model][name]


if __name__ == "__main__":
    main()
