"""Reads what the front desk knows from the config folder. The parsers are pure; only this module opens the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from conversation import Knowledge, parse_phrases
from frontdesk.onnx_encoder import meaning
from frontdesk.settings import home, load_settings
from frontdesk.trained_model import trained_model
from handoff.forms import parse_forms
from handoff.triage import parse_triage
from intents.catalogue import Catalogue, Matter
from intents.lexicon import Lexicon, parse_lexicon
from intents.matcher import Matcher
from intents.parse import CatalogueError, Problem, parse_catalogue
from intents.regions import Gazetteer, parse_regions
from intents.safety import parse_safety
from intents.understanding import Understanding

LANGUAGE = "zh"
_LEXICON = "lexicon.yaml"


class KnowledgeError(ValueError):
    """Files under config/ cannot be read or do not fit together; names the file and the way out."""


def configured_knowledge() -> Knowledge:
    """What this installation knows, with the encoder that its settings name.

    Raises SettingsError, EncoderUnusable, and what `load_knowledge` raises.
    """
    return load_knowledge(home() / "config", encoder_model=load_settings().encoder_model)


def load_knowledge(config: Path, models: Path | None = None, encoder_model: str = "") -> Knowledge:
    """Everything a conversation needs. `models`: where trained models are kept, by default var/ beside config/.

    `encoder_model`: folder of a sentence encoder, relative to home(); empty for none. Raises KnowledgeError,
    EncoderUnusable, or the parser's own error naming file and key.
    """
    files = catalogue_files(config)
    catalogue = parse_catalogue(files)
    lexicon = lexicon_of(config)
    triage = parse_triage(_document(config / "triage.yaml"))
    forms = parse_forms(_document(config / "forms" / f"{LANGUAGE}.yaml"))
    _fits_together(catalogue, frozenset(forms), frozenset(triage.routes), triage.matters)
    screen = parse_safety(_document(config / "safety.yaml"))
    phrases = parse_phrases(_document(config / "prompts" / f"{LANGUAGE}.yaml"))
    learnt_from = [*files.values(), (config / _LEXICON).read_text("utf-8")]
    kept = models or config.resolve().parent / "var" / "understanding"
    model = trained_model(catalogue, lexicon, learnt_from, kept)
    encoded = meaning(encoder_model, home(), kept, catalogue)
    understanding = Understanding(catalogue, screen, Matcher(catalogue, lexicon, model, encoded))
    return Knowledge(understanding, triage, forms, phrases, load_regions(config))


def lexicon_of(config: Path) -> Lexicon:
    """The concept lexicon. Raises KnowledgeError, LexiconError."""
    return parse_lexicon(_document(config / _LEXICON))


def load_regions(config: Path) -> Gazetteer:
    """The regions that places are found in. Raises KnowledgeError or RegionsError."""
    return parse_regions(_document(config / "regions.yaml"))


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
