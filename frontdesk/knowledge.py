"""Reads what the front desk knows from the config folder. The parsers are pure; only this module opens the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from conversation import Knowledge, parse_phrases
from handoff.forms import parse_forms
from handoff.triage import parse_triage
from intents.catalogue import Catalogue, Matter
from intents.parse import CatalogueError, Problem, parse_catalogue
from intents.safety import parse_safety
from intents.understanding import Understanding

LANGUAGE = "zh"


class KnowledgeError(ValueError):
    """Files under config/ cannot be read or do not fit together; names the file and the way out."""


def load_knowledge(config: Path) -> Knowledge:
    """Everything a conversation needs. Raises KnowledgeError, or the parser's own error naming file and key."""
    catalogue = parse_catalogue(catalogue_files(config))
    triage = parse_triage(_document(config / "triage.yaml"))
    forms = parse_forms(_document(config / "forms" / f"{LANGUAGE}.yaml"))
    _fits_together(catalogue, frozenset(forms), frozenset(triage.routes), triage.matters)
    screen = parse_safety(_document(config / "safety.yaml"))
    phrases = parse_phrases(_document(config / "prompts" / f"{LANGUAGE}.yaml"))
    return Knowledge(Understanding(catalogue, screen), triage, forms, phrases)


def catalogue_files(config: Path) -> dict[str, str]:
    """Catalogue files by the name shown in errors. Raises CatalogueError for one that is not UTF-8."""
    folder = config / "catalogue" / LANGUAGE
    files = {}
    for path in sorted(folder.glob("*.yaml")):
        name = f"config/catalogue/{LANGUAGE}/{path.name}"
        try:
            files[name] = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            problem = Problem(name, line, "这一行不是 UTF-8 编码", "请用 UTF-8 重新保存文件")
            raise CatalogueError([problem]) from error
    return files


def _document(path: Path) -> dict[str, Any]:
    try:
        document = YAML(typ="safe").load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise KnowledgeError(f"{path}：没有这个文件。请从安装包里恢复 config 目录") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path}：读不懂（{error}）。请检查缩进、引号和编码，文件可能被截断了") from error
    if not isinstance(document, dict):
        raise KnowledgeError(f"{path}：是空的或不是键值格式。请从安装包里恢复")
    return document


def _fits_together(catalogue: Catalogue, forms: frozenset[str], routes: frozenset[str], raised: frozenset[str]) -> None:
    for intent in catalogue:
        if isinstance(intent, Matter) and intent.form not in forms:
            raise KnowledgeError(
                f"事项 {intent.id} 的 form {intent.form} 不在 config/forms 里，可用：{'、'.join(forms)}"
            )
        if isinstance(intent, Matter) and intent.route not in routes:
            raise KnowledgeError(f"事项 {intent.id} 的 route {intent.route} 不在 config/triage.yaml 的 routes 里")
    unknown = sorted(raised - set(catalogue.kinds))
    if unknown:
        raise KnowledgeError(f"config/triage.yaml 提到的事项不在意图库里：{'、'.join(unknown)}。请改名或删掉")
