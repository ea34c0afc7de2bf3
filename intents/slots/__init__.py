"""Fields heard in a sentence: each with the exact words, a normalised value and a confidence."""

from intents.slots.extract import Slot, SlotName, extract, parse_reply

__all__ = ["Slot", "SlotName", "extract", "parse_reply"]
