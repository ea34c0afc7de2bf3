"""What a citizen is told when their case takes a step: short, plain, with desk and number."""

from __future__ import annotations

from handoff.case import Case
from handoff.public_status import DESK_TITLES


def notice(action: str, case: Case) -> str | None:
    """The line for the history action that led to this case; None when the citizen need not know."""
    wording = _WORDINGS.get(action)
    if wording is None:
        return None
    line = wording.format(
        desk=DESK_TITLES[case.queue],
        number=case.number,
        result=case.result.text.strip() if case.result else "",
    )
    if action in ("claimed", "started"):
        line += _who_comes(case)
    return line


def _who_comes(case: Case) -> str:
    if case.route.startswith("onsite"):
        return "到现场的可能是镇街工作人员，不一定是民警。"
    if case.priority == "P1":
        return "请先到安全的地方，保持电话畅通。"
    return ""


_WORDINGS = {
    "claimed": "{desk}已经接收您的事情，编号{number}。有人在看了。",
    "released": "刚才接收的席员放下了您的事情，{desk}会有别的席员接着办，编号不变：{number}。",
    "lapsed": "刚才接收的席员暂时离开，{desk}会有别的席员接着办，编号不变：{number}。",
    "started": "{desk}已经开始办理，编号{number}。",
    "transfer": "您的事情由{desk}办理更合适，已经转过去了。编号不变：{number}，您不用再说一遍。",
    "return": "两边核对过了，您的事情由{desk}负责办到底。编号不变：{number}，您不用再说一遍。",
    "escalation": "情况紧急，您的事情已经转到{desk}。编号不变：{number}。有危险请马上拨打110。",
    "escalated": "您的事情已经按紧急情况处理，由{desk}负责，编号{number}。有危险请马上拨打110。",
    "resolved": "您的事情有结果了，编号{number}：{result}\n如果没有解决，请直接告诉我们。",
    "reopened": "知道了，事情还没有解决。{desk}会重新办理，编号不变：{number}。",
    "closed": "您的事情已经办完归档，编号{number}。再有情况，随时找我们。",
}
