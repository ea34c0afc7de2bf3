"""Many names of one thing (本子, 驾照 → 驾驶证) and what recognisers make of a term (巨著证 → 居住证).

Data: config/lexicon.yaml, which an admin edits; its head explains both parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from intents.normalise import normalise

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]


class LexiconError(ValueError):
    """config/lexicon.yaml cannot be used; says where and why."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    concepts: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    homophones: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)


class Lexicon:
    """Compiled names. Pure and reusable; without arguments it knows nothing."""

    def __init__(
        self,
        concepts: Mapping[str, tuple[str, ...]] | None = None,
        homophones: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._concepts: dict[str, tuple[str, ...]] = {}
        for concept, names in (concepts or {}).items():
            for name in dict.fromkeys(normalise(each) for each in (concept, *names)):
                self._concepts[name] = (*self._concepts.get(name, ()), concept)
        self._meant = {normalise(heard): normalise(term) for term, all_ in (homophones or {}).items() for heard in all_}
        self._names = _any_of(self._concepts)
        self._misheard = _any_of(self._meant)

    def concepts(self, text: str) -> tuple[str, ...]:
        """Concepts named in normalised text, each once, in order; the longest name wins where names overlap."""
        if self._names is None:
            return ()
        found = (concept for match in self._names.finditer(text) for concept in self._concepts[match.group()])
        return tuple(dict.fromkeys(found))

    def reread(self, text: str) -> str:
        """Normalised text with misheard terms put right; the same text if there are none."""
        if self._misheard is None:
            return text
        return self._misheard.sub(lambda match: self._meant[match.group()], text)


def parse_lexicon(document: Mapping[str, Any], file: str = "config/lexicon.yaml") -> Lexicon:
    """The lexicon from the parsed YAML. Raises LexiconError naming the key that is wrong."""
    try:
        data = _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LexiconError(f"{file}：{where} 不对（{first['msg']}）。写法见文件开头的说明") from error
    return Lexicon(data.concepts, data.homophones)


def _any_of(names: Mapping[str, object]) -> re.Pattern[str] | None:
    longest_first = sorted(filter(None, names), key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
