"""The one conversation engine that all channels share: events in, actions out."""

from conversation.actions import (
    Action,
    Amend,
    Ask,
    Choice,
    Connect,
    End,
    Handoff,
    Offer,
    Provenance,
    Say,
)
from conversation.engine import Engine
from conversation.events import (
    Event,
    Filed,
    HungUp,
    Keyed,
    Located,
    OperatorJoined,
    OperatorLeft,
    Said,
    Silence,
)
from conversation.phrases import Phrases, PhrasesError, parse_phrases
from conversation.service import ConversationService, ServedTurn, UnknownConversation
from conversation.state import State
from conversation.turn import Knowledge

__all__ = [
    "Action",
    "Amend",
    "Ask",
    "Choice",
    "Connect",
    "ConversationService",
    "End",
    "Engine",
    "Event",
    "Filed",
    "Handoff",
    "HungUp",
    "Keyed",
    "Knowledge",
    "Located",
    "Offer",
    "OperatorJoined",
    "OperatorLeft",
    "Phrases",
    "PhrasesError",
    "Provenance",
    "Said",
    "Say",
    "ServedTurn",
    "Silence",
    "State",
    "UnknownConversation",
    "parse_phrases",
]
