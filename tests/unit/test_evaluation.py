"""The evaluation: what is counted, what a report says, and when ground is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_samples import ENTRIES, forms, phrases, triage, understanding
from pydantic import ValidationError

from conversation import Knowledge
from frontdesk.evaluation import (
    NotComparable,
    Outcome,
    Report,
    ReportUnusable,
    Sentence,
    SplitError,
    evaluate,
    lost_ground,
    noisy,
    outcome,
    read_report,
    read_split,
    report_of,
)
from frontdesk.evaluation.calibration import calibration_error, coverage_curve, reliability
from frontdesk.evaluation.confusion import NOTHING, confusions
from frontdesk.evaluation.plot import drawing
from intents.catalogue import Catalogue
from intents.understanding import Decision

CATALOGUE = Catalogue(ENTRIES)
CONSULT = Sentence(at=0, text="身份证丢了怎么补办", kind="consult", intent="id_card")
FIRE = Sentence(at=1, text="我家厨房着火了", kind="matter", intent="fire", queue="110", priority="P1")
LIGHT = Sentence(at=2, text="路灯不亮", kind="matter", intent="street_light", queue="any", priority="P4")
HOMEWORK = Sentence(at=3, text="帮我写作文", kind="outside")
FILM = Sentence(at=4, text="电视剧里着火了", kind="trap")
ANSWERED = {"decision": Decision.ANSWER, "intent": "id_card", "ranked": ("id_card", "id_card_fee"), "confidence": 0.9}
CONNECTED = {
    "decision": Decision.HANDOFF, "intent": "fire", "ranked": ("fire",), "queue": "110", "priority": "P1",
    "confidence": 1.0,
}  # fmt: skip
REFUSED: dict[str, Any] = {"decision": Decision.REJECT, "intent": None, "ranked": (), "outside": True}


def became(sentence: Sentence, changes: dict[str, Any]) -> Outcome:
    return Outcome(**{"sentence": sentence, "text": sentence.text, **changes})


def report(*outcomes: Outcome, rate: float = 0.0) -> Report:
    return report_of({rate: outcomes})


def hits(found: Report) -> dict[str, tuple[int, int]]:
    return {key: (count.hits, count.of) for key, count in found.levels[0].measures.items() if count.of}


def test_everything_right_is_counted_right() -> None:
    found = report(became(CONSULT, ANSWERED), became(FIRE, CONNECTED), became(HOMEWORK, REFUSED), became(FILM, REFUSED))
    assert hits(found) == {
        "consult_first": (1, 1),
        "consult_among_three": (1, 1),
        "consult_answered": (1, 1),
        "consult_answered_wrongly": (0, 1),
        "matter_id": (1, 1),
        "matter_desk": (1, 1),
        "matter_priority": (1, 1),
        "p1_at_once": (1, 1),
        "p1_with_question": (1, 1),
        "p1_false": (0, 3),
        "p1_false_trap": (0, 1),
        "p1_asked_needlessly": (0, 3),
        "outside_taken": (0, 1),
    }


def test_everything_wrong_is_counted_wrong() -> None:
    found = hits(
        report(
            became(CONSULT, ANSWERED | {"intent": "id_card_fee", "ranked": ("id_card_fee", "noise_hours", "id_card")}),
            became(FIRE, REFUSED),
            became(HOMEWORK, ANSWERED),
            became(FILM, CONNECTED),
        )
    )
    assert found["consult_first"] == (0, 1)
    assert found["consult_among_three"] == (1, 1)
    assert found["consult_answered"] == (0, 1)
    assert found["consult_answered_wrongly"] == (1, 1)
    assert found["p1_at_once"] == found["p1_with_question"] == (0, 1)
    assert found["p1_false"] == (1, 3)
    assert found["p1_false_trap"] == (1, 1)
    assert found["outside_taken"] == (1, 1)


def test_a_question_about_danger_counts_for_one_measure_and_against_another() -> None:
    asked = {"decision": Decision.CLARIFY, "intent": "fire", "ranked": ("fire",), "asked": True}
    found = hits(report(became(FIRE, asked), became(CONSULT, asked)))
    assert found["p1_at_once"] == (0, 1)
    assert found["p1_with_question"] == (1, 1)
    assert found["p1_asked_needlessly"] == (1, 1)


def test_either_desk_will_do_where_the_label_says_so_but_some_desk_it_must_be() -> None:
    filed = {"decision": Decision.HANDOFF, "intent": "street_light", "ranked": ("street_light",), "queue": "12345"}
    assert hits(report(became(LIGHT, filed)))["matter_desk"] == (1, 1)
    assert hits(report(became(LIGHT, filed | {"queue": None})))["matter_desk"] == (0, 1)


def test_the_product_itself_is_measured() -> None:
    know = Knowledge(understanding(), triage(), forms(), phrases())
    became_of = outcome(know, FIRE, FIRE.text)
    assert became_of.connected
    assert became_of.ranked[0] == "fire"
    assert outcome(know, CONSULT, CONSULT.text).decision is Decision.ANSWER
    assert not outcome(know, FILM, FILM.text).connected
    whole = evaluate(know, [CONSULT, FIRE, LIGHT, HOMEWORK, FILM], (0.0, 0.2))
    assert [level.rate for level in whole.levels] == [0.0, 0.2]
    assert whole == evaluate(know, [CONSULT, FIRE, LIGHT, HOMEWORK, FILM], (0.0, 0.2)), "same input, same report"


def test_a_report_survives_being_kept(tmp_path: Path) -> None:
    made = report(became(CONSULT, ANSWERED), became(FIRE, REFUSED))
    file = tmp_path / "report.json"
    file.write_text(made.model_dump_json(), "utf-8")
    assert read_report(file) == made


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"version": 2, "split": "x", "sentences": 1, "levels": []}'])
def test_what_is_no_report_is_refused_with_the_way_out(tmp_path: Path, content: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(content, "utf-8")
    with pytest.raises(ReportUnusable, match=r"report\.json.*frontdesk eval --json"):
        read_report(file)
    with pytest.raises(ReportUnusable, match=r"none\.json"):
        read_report(tmp_path / "none.json")


def many(right: int, of: int, sentence: Sentence, good: dict[str, Any], bad: dict[str, Any]) -> list[Outcome]:
    numbered = [sentence.model_copy(update={"at": at}) for at in range(of)]
    return [became(each, good if at < right else bad) for at, each in enumerate(numbered)]


def consults(right: int, of: int = 200) -> Report:
    return report(*many(right, of, CONSULT, ANSWERED, REFUSED))


def test_no_ground_is_lost_by_standing_still_or_getting_better() -> None:
    assert lost_ground(consults(180), consults(180)) == ()
    assert lost_ground(consults(180), consults(190)) == ()


def test_a_point_is_within_the_tolerance_and_more_is_not() -> None:
    assert lost_ground(consults(180), consults(178)) == ()
    losses = {loss.measure.key: loss for loss in lost_ground(consults(180), consults(177))}
    assert losses.keys() == {"consult_first", "consult_among_three", "consult_answered"}
    lost = losses["consult_first"]
    assert (lost.before, lost.after, lost.tolerance) == (90.0, 88.5, 1.0)
    assert lost.points == pytest.approx(1.5)
    assert "90.0% → 88.5%" in str(lost)


def test_one_missed_emergency_is_too_many_and_told_first() -> None:
    def both(fires: int, right: int) -> Report:
        found = many(right, 500, CONSULT, ANSWERED, REFUSED) + many(fires, 500, FIRE, CONNECTED, REFUSED)
        return report(*found)

    losses = lost_ground(both(500, 450), both(499, 400))
    assert {loss.measure.key for loss in losses[:2]} == {"p1_at_once", "p1_with_question"}
    assert losses[0].points == pytest.approx(0.2)
    assert "不允许变差" in str(losses[0])
    assert losses[2].points == pytest.approx(10)


def test_more_of_what_should_be_rare_is_a_loss() -> None:
    fewer = report(*many(10, 100, HOMEWORK, ANSWERED, REFUSED))
    more = report(*many(20, 100, HOMEWORK, ANSWERED, REFUSED))
    assert [loss.measure.key for loss in lost_ground(fewer, more)] == ["outside_taken"]
    assert lost_ground(more, fewer) == ()


def test_only_like_is_compared_with_like() -> None:
    one = consults(10, 20)
    with pytest.raises(NotComparable, match="同一批句子"):
        lost_ground(one, consults(10, 21))
    with pytest.raises(NotComparable, match="噪声"):
        lost_ground(one, report(*many(10, 20, CONSULT, ANSWERED, REFUSED), rate=0.2))


@given(st.integers(0, 60), st.integers(0, 60))
def test_ground_is_never_lost_both_ways(before: int, after: int) -> None:
    older, newer = consults(before, 60), consults(after, 60)
    assert not (lost_ground(older, newer) and lost_ground(newer, older))


def test_calibration_compares_claims_with_what_was_right() -> None:
    claims = [(0.95, True), (0.95, True), (0.95, False), (0.95, True), (0.15, False)]
    bins = reliability(claims)
    assert [(each.low, each.count, each.right) for each in bins] == [(0.1, 1, 0.0), (0.9, 4, 0.75)]
    assert calibration_error(bins) == pytest.approx((4 * 0.2 + 0.15) / 5)
    assert reliability([(1.0, True)])[0].low == 0.9
    assert calibration_error(()) == 0.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_a_higher_threshold_never_takes_more(claims: list[tuple[float, bool]]) -> None:
    curve = coverage_curve(claims)
    shares = [point.coverage for point in curve]
    assert shares == sorted(shares, reverse=True)
    assert curve[0].coverage == 1.0
    assert curve[0].precision == pytest.approx(sum(right for _, right in claims) / len(claims))


def test_confusions_name_what_was_taken_for_what() -> None:
    fee = CONSULT.model_copy(update={"text": "工本费"})
    found = confusions(
        [
            became(CONSULT, ANSWERED),
            became(fee, ANSWERED | {"ranked": ("id_card_fee", "id_card")}),
            became(FIRE, REFUSED),
            became(HOMEWORK, ANSWERED),
        ]
    )
    assert [(each.intent, each.wrong, each.of) for each in found] == [("fire", 1, 1), ("id_card", 1, 2)]
    assert found[0].taken_for == {NOTHING: 1}
    assert found[1].taken_for == {"id_card_fee": 1}
    assert found[1].examples == ("工本费",)


def test_the_drawing_is_whole_and_uses_no_colour() -> None:
    know = Knowledge(understanding(), triage(), forms(), phrases())
    svg = drawing(evaluate(know, [CONSULT, FIRE, LIGHT, HOMEWORK], (0.0, 0.3)))
    root = ElementTree.fromstring(svg)  # noqa: S314  our own
    assert root.tag.endswith("svg")
    used = {each.get(key) for each in root.iter() for key in ("stroke", "fill")} - {None, "none"}
    assert used == {"black", "white", "#ddd", "#999"}
    assert "咨询：第一名对" in "".join(root.itertext())


@pytest.mark.parametrize("only", [CONSULT, FIRE, FILM])
def test_a_few_sentences_of_one_kind_can_be_drawn(only: Sentence) -> None:
    ElementTree.fromstring(drawing(report(became(only, REFUSED))))  # noqa: S314  our own


def test_the_split_is_read_whole_or_by_halves(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    rows = [CONSULT, FIRE, HOMEWORK]
    file.write_text("".join(f"{each.model_dump_json(exclude={'at'})}\n" for each in rows), "utf-8")
    assert [each.text for each in read_split(file, CATALOGUE)] == [each.text for each in rows]
    assert [each.at for each in read_split(file, CATALOGUE, "even")] == [0, 2]
    assert [each.at for each in read_split(file, CATALOGUE, "odd")] == [1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not json", "第 1 行.*JSON"),
        ("[]", "第 1 行"),
        ('{"text": "", "kind": "trap"}', "第 1 行.*text"),
        ('{"text": "喂", "kind": "fish"}', "第 1 行.*kind"),
        ('{"text": "喂", "kind": "consult"}', "第 1 行.*intent"),
        ('{"text": "喂", "kind": "matter", "intent": "fire"}', "第 1 行.*queue"),
        ('{"text": "喂", "kind": "trap", "at": "x"}', "第 1 行.*at"),
        ('{"text": "喂", "kind": "consult", "intent": "no_such"}', "没有 no_such"),
        ("", "没有可以用的句子"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(line + "\n", "utf-8")
    with pytest.raises(SplitError, match=told):
        read_split(file, CATALOGUE)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SplitError, match=r"none\.jsonl"):
        read_split(tmp_path / "none.jsonl", CATALOGUE)
    (tmp_path / "gbk.jsonl").write_bytes("身份证".encode("gbk"))
    with pytest.raises(SplitError, match="UTF-8"):
        read_split(tmp_path / "gbk.jsonl", CATALOGUE)


def test_the_shipped_split_fits_the_shipped_catalogue(knowledge: Knowledge) -> None:
    file = Path(__file__).parents[2] / "config" / "evaluation" / "zh.jsonl"
    found = read_split(file, knowledge.catalogue)
    assert len(found) > 1000
    texts = {json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()}
    learnt = {example for intent in knowledge.catalogue for example in intent.examples}
    assert len(texts & learnt) < len(texts) * 0.02, "held back: hardly any of it stands in the catalogue"


@given(st.text(max_size=60), st.sampled_from([0.0, 0.1, 0.3, 1.0]), st.integers(0, 5000))
def test_noise_repeats_itself_and_leaves_other_characters_alone(text: str, rate: float, at: int) -> None:
    heard = noisy(text, rate, at)
    assert heard == noisy(text, rate, at)
    if not rate or not any("\u4e00" <= character <= "\u9fff" for character in text):
        assert heard == text


def test_noise_hits_about_the_share_it_is_asked_for() -> None:
    text = "我家厨房着火了快来人啊" * 200
    for rate in (0.1, 0.3):
        heard = noisy(text, rate, 7)
        assert abs(len(heard) - len(text)) < 0.1 * len(text)
        assert heard != text
    assert noisy(text, 0.1, 1) != noisy(text, 0.1, 2)


def test_a_sentence_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        CONSULT.text = "别的"  # type: ignore[misc]
