"""The one conversation engine that all channels share: events in, actions out."""

from conversation.actions import (
    Action,
    Amend,
    Ask,
    CallBack,
    Choice,
    Connect,
    End,
    Handoff,
    Offer,
    Provenance,
    Say,
    Speak,
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
    Trouble,
)
from conversation.phrases import Phrases, PhrasesError, parse_phrases
from conversation.service import ConversationService, ServedTurn, UnknownConversation
from conversation.state import State
from conversation.turn import Knowledge

__all__ = [
    "Action",
    "Amend",
    "Ask",
    "CallBack",
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
    "Speak",
    "State",
    "Trouble",
    "UnknownConversation",
    "parse_phrases",
]
