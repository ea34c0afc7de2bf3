"""Whatever is said in whatever order: the engine does not fail, forget, speak too early or leave danger waiting."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from language_samples import ENTRIES, NOW, Talk, small_knowledge

from conversation import (
    Action,
    Amend,
    Ask,
    Connect,
    Engine,
    Event,
    Filed,
    Handoff,
    HungUp,
    Keyed,
    Knowledge,
    Located,
    Offer,
    OperatorJoined,
    OperatorLeft,
    Said,
    Say,
    Silence,
    State,
)
from conversation.state import AskedConsent, AskedSlot
from handoff import Channel

EXAMPLES = [example for entry in ENTRIES for example in entry.examples]
REPLIES = [
    "可以",
    "不要",
    "有",
    "没有",
    "不清楚",
    "1",
    "第二个",
    "都不是",
    "那个嗯",
    "文二路12号",
    "13800138000",
    "两个人受伤",
]
STEERING = [
    "转人工",
    "再说一遍",
    "慢一点",
    "我说错了，是文三路8号",
    "不是这个意思",
    "算了",
    "再见",
    "点个外卖",
    "按错了",
]
DANGERS = ["我家着火了", "他拿刀在砍人", "我不想活了", "厨房煤气味", "没听清，他拿刀在砍人"]
SENTENCES = st.one_of(
    st.sampled_from([*EXAMPLES, *REPLIES, *STEERING, *DANGERS]),
    st.lists(st.sampled_from([*REPLIES, *STEERING, *DANGERS, "，", "。", "另外"]), min_size=2, max_size=4).map("".join),
    st.text(max_size=8),
)
EVENTS = st.one_of(
    st.lists(SENTENCES, min_size=1, max_size=2).map(lambda said: Said(alternatives=tuple(said))),
    st.builds(
        Keyed,
        key=st.one_of(st.sampled_from(["0", "1", "2", "3", "4", "#", "*", "", "13800138000"]), st.text(max_size=3)),
    ),
    st.just(Silence()),
    st.builds(
        Located,
        latitude=st.floats(-90, 90),
        longitude=st.floats(-180, 180),
        accuracy=st.none() | st.floats(0, 5000),
        label=st.none() | st.text(max_size=5),
    ),
    st.sampled_from([OperatorJoined(name="110台"), OperatorJoined(name="12345线"), OperatorLeft(), HungUp()]),
)
CONVERSATIONS = st.lists(EVENTS, min_size=1, max_size=10)
STARTS = st.tuples(
    st.sampled_from([Channel.WEBCHAT, Channel.PHONE]),
    st.sampled_from([None, "110", "12345"]),
    st.sampled_from([None, "13800138000"]),
)


def spoken(actions: tuple[Action, ...]) -> list[str]:
    return [action.text for action in actions if isinstance(action, Say | Ask | Offer)]


@settings(max_examples=150, deadline=None)
@given(STARTS, CONVERSATIONS)
def test_every_turn_leaves_a_sound_state_and_says_real_words(start: tuple, events: list[Event]) -> None:
    talk = Talk(None, *start)
    for event in events:
        talk.on(event)
        assert all(text.strip() for text in talk.texts)
        assert len([action for action in talk.actions if isinstance(action, Handoff)]) <= 1
        pending, opened = talk.state.pending, talk.state.open
        if isinstance(pending, AskedSlot | AskedConsent):
            assert opened is not None
        if isinstance(pending, AskedConsent):
            assert opened is not None
            assert opened.number is None
            assert opened.priority != "P1"
        for offer in (action for action in talk.actions if isinstance(action, Offer)):
            keys = [choice.key for choice in offer.choices]
            assert len(set(keys)) == len(keys) >= 2


@settings(max_examples=150, deadline=None)
@given(STARTS, CONVERSATIONS)
def test_a_state_read_back_from_json_behaves_the_same(start: tuple, events: list[Event]) -> None:
    channel, entry, caller = start
    engine = Engine(small_knowledge())
    kept = stored = engine.start(channel, entry=entry, caller_number=caller)
    for number, event in enumerate(events):
        kept, actions = engine.handle(kept, event, NOW)
        stored, again = engine.handle(State.model_validate_json(stored.model_dump_json()), event, NOW)
        assert again == actions
        assert stored == kept
        if any(isinstance(action, Handoff) for action in actions):
            filed = Filed(number=f"20260302{number:04}", access_code="1234")
            kept, _ = engine.handle(kept, filed, NOW)
            stored, _ = engine.handle(State.model_validate_json(stored.model_dump_json()), filed, NOW)
    assert State.model_validate_json(kept.model_dump_json()) == kept


@settings(max_examples=100, deadline=None)
@given(STARTS, CONVERSATIONS)
def test_nothing_is_said_to_be_filed_before_it_is(start: tuple, events: list[Event]) -> None:
    talk = Talk(None, *start, files=False)
    for event in events:
        talk.on(event)
        assert not any("«filed" in text for text in talk.texts)
        assert not any(isinstance(action, Amend) for action in talk.actions)


@settings(max_examples=100, deadline=None)
@given(STARTS, CONVERSATIONS)
def test_only_numbers_that_were_filed_here_are_amended(start: tuple, events: list[Event]) -> None:
    talk, filed = Talk(None, *start), set()
    for event in events:
        talk.on(event)
        if talk.state.filed is not None:
            filed.add(talk.state.filed.number)
        assert {action.number for action in talk.actions if isinstance(action, Amend)} <= filed


def _check_danger(know: Knowledge, before: State, event: Said, actions: tuple[Action, ...]) -> None:
    reading = know.understanding.read(event.alternatives, before=before.lines)
    if not any(danger.sure and danger.words for danger in reading.dangers):
        return
    handed = [action.draft for action in actions if isinstance(action, Handoff)]
    rung = [action for action in actions if isinstance(action, Connect)]
    amended = [action for action in actions if isinstance(action, Amend)]
    opened = before.open
    if before.operator is not None:
        assert not spoken(actions)
        assert not handed
        if before.filed is not None:
            assert amended[0].risks
    elif opened is not None and opened.waiting_for_person and opened.number is not None:
        assert not handed
        assert amended[0].risks
        if opened.priority != "P1":
            assert (amended[0].priority, rung[0].queue, rung[0].priority) == ("P1", "110", "P1")
    else:
        assert [(draft.queue, draft.priority, draft.consent) for draft in handed] == [("110", "P1", None)]
        assert [(action.queue, action.priority) for action in rung] == [("110", "P1")]
        assert actions.index(rung[0]) == actions.index(next(a for a in actions if isinstance(a, Handoff))) + 1
        assert handed[0].risks


@settings(max_examples=200, deadline=None)
@given(STARTS, CONVERSATIONS, st.sampled_from(DANGERS))
def test_danger_is_handed_over_at_once_or_added_to_the_case_that_rings(
    start: tuple, events: list[Event], danger: str
) -> None:
    talk = Talk(None, *start)
    for event in [*events, Said(alternatives=(danger,))]:
        before = talk.state
        talk.on(event)
        if isinstance(event, Said):
            _check_danger(talk.engine.know, before, event, talk.actions)


@settings(max_examples=60, deadline=None)
@given(STARTS, CONVERSATIONS)
def test_who_asks_for_a_person_gets_one(start: tuple, events: list[Event]) -> None:
    talk = Talk(None, *start)
    for event in events:
        talk.on(event)
    attended = talk.state.operator is not None
    talk.say("转人工")
    assert attended or talk.connects


@settings(max_examples=60, deadline=None)
@given(STARTS, CONVERSATIONS)
def test_whoever_says_nothing_is_not_left_alone(start: tuple, events: list[Event]) -> None:
    talk = Talk(None, *start)
    for event in events:
        talk.on(event)
    attended = talk.state.operator is not None
    for _ in range(3):
        talk.silence()
    waiting = talk.state.open is not None and talk.state.open.waiting_for_person
    assert attended or talk.connects or waiting


@settings(max_examples=25, deadline=None)
@given(STARTS, st.lists(EVENTS, min_size=1, max_size=5))
def test_the_shipped_knowledge_holds_too(knowledge: Knowledge, start: tuple, events: list[Event]) -> None:
    talk = Talk(knowledge, *start)
    for event in events:
        before = talk.state
        talk.on(event)
        assert all(text.strip() and "{" not in text for text in talk.texts)
        assert State.model_validate_json(talk.state.model_dump_json()) == talk.state
        if isinstance(event, Said):
            _check_danger(knowledge, before, event, talk.actions)
