"""The conversation engine, step by step: safety, control, the open question, consultation, matter, a person."""

from __future__ import annotations

import pytest
from language_samples import CODE, NOW, NUMBER, Talk, muddled, small_knowledge, titles

from conversation import Amend, Connect, Handoff, Offer, Said, Say, State
from conversation.state import AskedChoice, AskedConsent, AskedDanger, AskedSilent, AskedSlot
from handoff import Channel, FieldName, RiskFlag, Source
from intents.understanding import CLOSE_CALL_AT, OFFER_AT

LAMP = "路灯坏了好几天没人修"
NOISE = "楼上半夜还在砸地板吵得睡不着"
QUARREL = "邻居堵在门口推推搡搡"
FIRE = "我家厨房着火了"
FIGHT = "他拿刀在砍人"
ID_CARD = "身份证丢了怎么补办"
DOUBT = "我要点个外卖"
PLACE = "文二路12号"
STRANGE = "lorem ipsum dolor"


def ask_for(matter: str = LAMP, **how: object) -> Talk:
    """A matter that waits for its place."""
    talk = Talk(**how).say(matter)  # type: ignore[arg-type]
    assert isinstance(talk.state.pending, AskedSlot)
    return talk


def consenting(**how: object) -> Talk:
    """A matter that waits for consent."""
    talk = ask_for(**how).say(PLACE)
    assert isinstance(talk.state.pending, AskedConsent)
    return talk


def choosing() -> Talk:
    talk = Talk()
    pending = AskedChoice(intents=("id_card", "street_light", "noise_hours"), words="那个东西坏了")
    talk.state = talk.state.model_copy(update={"pending": pending, "lines": ("那个东西坏了",)})
    return talk


def doubted() -> Talk:
    talk = Talk().say(DOUBT)
    assert isinstance(talk.state.pending, AskedDanger)
    return talk


class TestOpening:
    @pytest.mark.parametrize(
        ("entry", "phrase"), [(None, "greeting"), ("110", "greeting_110"), ("12345", "greeting_12345")]
    )
    def test_greeting_follows_the_line_that_was_called(self, entry: object, phrase: str) -> None:
        talk = Talk(entry=entry)  # type: ignore[arg-type]
        assert talk.engine.greeting(talk.state) == Say(text=f"«{phrase}»")

    def test_a_new_state_knows_channel_line_and_number(self) -> None:
        state = Talk(channel=Channel.PHONE, entry="110", caller="13800138000").state
        assert state == State(channel=Channel.PHONE, entry="110", caller_number="13800138000")


class TestSafety:
    def test_danger_is_filed_and_connected_before_anything_is_said(self) -> None:
        talk = Talk().say(FIRE)
        assert talk.kinds == ["handoff", "connect", "say", "say", "ask"]
        assert talk.connects == [("110", "P1")]
        assert talk.texts[-1] == "«urgent location»"

    def test_the_case_of_a_danger(self) -> None:
        draft = Talk(entry="12345", caller="13800138000").say(FIRE).draft
        assert (draft.matter, draft.queue, draft.route, draft.priority) == ("fire", "110", "linkage_119", "P1")
        assert draft.linkage == ("119",)
        assert draft.consent is None
        assert draft.quotes == (FIRE,)
        assert [(risk.flag, risk.quote) for risk in draft.risks] == [(RiskFlag.FIRE, FIRE)]
        assert draft.missing == (FieldName.LOCATION, FieldName.INJURY, FieldName.WEAPON)
        assert (draft.origin.entry, draft.origin.caller_number) == ("12345", "13800138000")
        assert draft.fields[FieldName.PHONE].source is Source.LOOKED_UP
        assert draft.fields[FieldName.EVENT].quote == FIRE

    def test_what_was_said_with_the_danger_is_not_asked_again(self) -> None:
        talk = Talk().say(f"{PLACE}{FIRE}，没有人受伤")
        assert talk.draft.fields[FieldName.LOCATION].value == PLACE
        assert talk.draft.fields[FieldName.INJURY].value is False
        assert talk.texts[-1] == "«urgent weapon»"

    def test_questions_go_on_while_it_rings_and_every_answer_reaches_the_case(self) -> None:
        talk = Talk().say(FIRE).say(PLACE)
        assert talk.amend.number == NUMBER
        assert talk.amend.fields[FieldName.LOCATION].value == PLACE
        assert talk.amend.quotes == (PLACE,)
        assert talk.texts == ["«urgent injury»"]
        assert talk.say("有，两个人").amend.fields[FieldName.INJURY].value is True
        assert talk.say("没有").amend.fields[FieldName.WEAPON].value is False
        assert talk.texts == ["«still_here»[110台]"]
        assert talk.say("楼下也在冒烟").amend.quotes == ("楼下也在冒烟",)
        assert talk.state.pending is None

    @pytest.mark.parametrize(
        "turns",
        [
            [],
            [ID_CARD],
            [LAMP],
            [LAMP, PLACE],
            [LAMP, PLACE, "可以"],
            [LAMP, PLACE, "可以", "13800138000"],
            [STRANGE],
            ["转人工"],
            ["再见"],
            [DOUBT],
            [DOUBT, "没有"],
            ["早上好呀"],
        ],
        ids="→".join,
    )
    def test_danger_breaks_in_at_any_turn(self, turns: list[str]) -> None:
        talk = Talk()
        for turn in turns:
            talk.say(turn)
        talk.say(FIGHT)
        assert ("110", "P1") in talk.connects
        if "amend" in talk.kinds:
            assert talk.kinds.index("amend") < talk.kinds.index("connect")
            assert (talk.amend.priority, talk.amend.queue) == ("P1", "110")
            assert [risk.flag for risk in talk.amend.risks] == [RiskFlag.WEAPON]
        else:
            assert talk.kinds.index("handoff") < talk.kinds.index("connect")
            assert (talk.draft.matter, talk.draft.priority, talk.draft.queue) == ("weapon_fight", "P1", "110")

    def test_danger_in_an_unfiled_matter_takes_its_fields_and_words_along(self) -> None:
        draft = consenting().say(FIGHT).draft
        assert draft.matter == "weapon_fight"
        assert draft.fields[FieldName.LOCATION].value == PLACE
        assert draft.quotes == (LAMP, PLACE, FIGHT)
        assert draft.also_asked == ("路灯不亮",)

    def test_a_second_danger_is_added_to_the_case_that_rings(self) -> None:
        talk = Talk().say(FIRE).say(FIGHT)
        assert talk.filed == 1
        assert [risk.flag for risk in talk.amend.risks] == [RiskFlag.WEAPON]
        assert talk.connects == []

    def test_a_second_danger_in_a_control_word_is_not_lost(self) -> None:
        talk = Talk().say(FIRE).say("没听清，他拿刀在砍人")
        assert [risk.flag for risk in talk.amend.risks] == [RiskFlag.WEAPON]
        assert talk.texts

    def test_danger_raises_a_quarrel_that_already_rings(self) -> None:
        talk = Talk().say(QUARREL)
        assert talk.connects == [("110", "P2")]
        talk.say(FIGHT)
        assert talk.kinds[:2] == ["amend", "connect"]
        assert (talk.amend.priority, talk.connects) == ("P1", [("110", "P1")])
        assert talk.filed == 1

    def test_danger_after_the_case_is_done_opens_a_new_one(self) -> None:
        talk = consenting().say("可以").say("不用了").say(FIRE)
        assert talk.draft.matter == "fire"
        assert talk.filed == 2

    def test_words_that_turn_a_matter_into_danger_need_no_rule(self) -> None:
        talk = ask_for(NOISE).say("他们动手了，我在文二路12号")
        assert (talk.draft.priority, talk.draft.route, talk.draft.queue) == ("P2", "110_emergency", "110")
        assert talk.draft.consent is None

    def test_misheard_danger_is_heard_in_any_hypothesis(self) -> None:
        talk = Talk(channel=Channel.PHONE).say("他拿到在看人", FIGHT)
        assert talk.draft.matter == "weapon_fight"
        assert talk.draft.quotes == ("他拿到在看人",)
        assert talk.draft.risks[0].quote == FIGHT


class TestDoubt:
    def test_one_question_with_two_keys(self) -> None:
        talk = doubted()
        assert talk.texts == ["«danger_question»"]
        assert talk.offered == ["«danger_yes»", "«danger_no»"]
        assert talk.filed == 0

    @pytest.mark.parametrize("reply", ["有", "是的", "不知道", "不晓得", "别问", "说不清", "嗯嗯呃", "……", "转人工"])
    def test_anything_but_a_plain_no_is_danger(self, reply: str) -> None:
        talk = doubted().say(reply)
        assert talk.connects == [("110", "P1")]
        assert (talk.draft.matter, talk.draft.risks[0].quote) == ("silent_call", DOUBT)
        assert DOUBT in talk.draft.quotes[0]

    @pytest.mark.parametrize("key", ["1", "0"])
    def test_a_key_other_than_no_is_danger(self, key: str) -> None:
        assert doubted().key(key).connects == [("110", "P1")]

    def test_silence_is_danger(self) -> None:
        assert doubted().silence().connects == [("110", "P1")]

    def test_hanging_up_is_danger_on_file(self) -> None:
        talk = doubted().hang_up()
        assert (talk.draft.matter, talk.draft.priority) == ("silent_call", "P1")
        assert talk.state.ended

    @pytest.mark.parametrize("reply", ["没有", "没有危险", "不是", "按错了"])
    def test_a_plain_no_goes_on(self, reply: str) -> None:
        talk = doubted().say(reply)
        assert talk.texts == ["«danger_cleared»", "«please_tell»"]
        assert talk.state.pending is None

    def test_the_key_for_no_goes_on(self) -> None:
        assert doubted().key("2").texts == ["«danger_cleared»", "«please_tell»"]

    def test_a_question_instead_of_an_answer_is_answered(self) -> None:
        assert doubted().say(ID_CARD).actions[0].answers == "id_card"  # type: ignore[union-attr]

    def test_what_else_the_sentence_said_is_taken_up_after_no(self) -> None:
        talk = Talk().say(f"{LAMP}，我要点个外卖").say("没有")
        assert talk.texts == ["«danger_cleared»", "«ask location»"]
        assert talk.state.open is not None
        assert talk.state.open.matter == "street_light"

    def test_the_matter_that_was_being_written_goes_on_after_no(self) -> None:
        talk = ask_for().say(f"{PLACE}，{DOUBT}").say("没有危险")
        assert talk.texts[0] == "«danger_cleared»"
        assert isinstance(talk.state.pending, AskedConsent)
        assert PLACE in talk.texts[1]

    def test_a_shared_place_does_not_drop_the_question(self) -> None:
        talk = ask_for().say(DOUBT).locate("文三路")
        assert isinstance(talk.state.pending, AskedDanger)
        assert talk.say("有").draft.fields[FieldName.LOCATION].value == "文三路"

    def test_while_a_person_is_on_the_way_no_doubt_is_asked(self) -> None:
        talk = Talk().say(FIRE).say(DOUBT)
        assert "offer" not in talk.kinds
        assert talk.amend.quotes == (DOUBT,)


class TestControl:
    @pytest.mark.parametrize(
        "turns",
        [[], [ID_CARD], [LAMP], [LAMP, PLACE], [LAMP, PLACE, "可以"], [STRANGE], [FIRE], [FIRE, PLACE]],
        ids="→".join,
    )
    def test_a_person_at_any_turn(self, turns: list[str]) -> None:
        talk = Talk()
        for turn in turns:
            talk.say(turn)
        talk.say("转人工")
        assert len(talk.connects) == 1
        assert talk.filed == 1
        assert any(NUMBER in text for text in talk.texts)

    @pytest.mark.parametrize(("entry", "queue"), [(None, "12345"), ("110", "110"), ("12345", "12345")])
    def test_the_person_is_of_the_line_that_was_called(self, entry: object, queue: str) -> None:
        talk = Talk(entry=entry).say("早上好呀").say("转人工")  # type: ignore[arg-type]
        assert talk.connects == [(queue, "P3")]
        assert talk.draft.matter == "demand_human"
        assert talk.draft.quotes == ("早上好呀；转人工",)
        assert talk.texts == [f"«filed_human»[{'110台' if queue == '110' else '12345线'}][{NUMBER}][{CODE}]"]

    @pytest.mark.parametrize("key", ["0", "*"])
    def test_the_key_for_a_person(self, key: str) -> None:
        talk = ask_for(channel=Channel.PHONE).key(key)
        assert talk.draft.matter == "street_light"
        assert len(talk.connects) == 1

    def test_a_person_gets_the_matter_as_far_as_it_was_told(self) -> None:
        talk = consenting().say("转人工")
        assert talk.draft.matter == "street_light"
        assert talk.draft.fields[FieldName.LOCATION].value == PLACE
        assert talk.draft.consent is None

    def test_repeat_says_the_last_words_again(self) -> None:
        talk = ask_for()
        before = talk.state.pending
        talk.say("再说一遍")
        assert talk.texts == ["«ask location»"]
        assert talk.state.pending == before
        assert talk.say("没听清").texts == ["«ask location»"]

    def test_repeat_with_nothing_said(self) -> None:
        assert Talk().say("再说一遍").texts == ["«repeat_nothing»"]

    @pytest.mark.parametrize(("words", "phrase"), [("慢一点说", "«slower»"), ("大声一点", "«louder»")])
    def test_slower_and_louder_repeat(self, words: str, phrase: str) -> None:
        assert ask_for().say(words).texts == [phrase, "«ask location»"]

    def test_a_correction_replaces(self) -> None:
        talk = consenting().say("我说错了，是文三路8号")
        assert talk.texts[0] == "«changed»"
        assert "[文三路8号]" in talk.texts[1]
        assert talk.say("可以").draft.fields[FieldName.LOCATION].value == "文三路8号"

    def test_a_correction_reaches_a_filed_case(self) -> None:
        talk = Talk().say(FIRE).say(PLACE).say("说错了，是文三路8号")
        assert talk.amend.fields[FieldName.LOCATION].value == "文三路8号"

    def test_a_correction_without_content_asks_for_it(self) -> None:
        talk = ask_for()
        assert talk.say("我说错了").texts == ["«correct_what»"]
        assert isinstance(talk.state.pending, AskedSlot)

    def test_not_that_forgets_what_was_being_written(self) -> None:
        talk = ask_for().say("不是这个意思")
        assert talk.texts == ["«not_that»"]
        assert talk.state.open is None
        assert talk.state.pending is None

    def test_cancel_drops_what_is_not_filed(self) -> None:
        talk = ask_for().say("算了")
        assert talk.texts == ["«cancelled»"]
        assert talk.state.open is None
        assert talk.filed == 0

    def test_cancel_never_drops_a_filed_case(self) -> None:
        talk = consenting().say("可以").say("13800138000").say("取消")
        assert talk.amend.number == NUMBER
        assert talk.amend.quotes == ("取消",)
        assert talk.texts == ["«noted»"]

    def test_cancel_answers_a_question_of_consent(self) -> None:
        assert consenting().say("算了").texts == ["«declined»"]

    def test_goodbye_ends(self) -> None:
        assert Talk().say("再见").kinds == ["say", "end"]

    def test_a_control_word_in_an_answer_does_not_steer(self) -> None:
        talk = Talk().say(FIRE).say(PLACE).say("没有了")
        assert talk.amend.fields[FieldName.INJURY].value is False


class TestSlots:
    def test_the_place_is_asked_first_and_only_what_is_missing(self) -> None:
        talk = ask_for(NOISE)
        assert talk.texts == ["«ask location»"]
        talk.say(PLACE)
        assert talk.texts == ["«ask injury»"]
        assert talk.offered == ["有", "没有", "不清楚"]

    def test_several_fields_in_one_sentence(self) -> None:
        talk = ask_for(NOISE).say("文二路12号，没受伤，电话13800138000")
        assert isinstance(talk.state.pending, AskedConsent)
        assert talk.state.open is not None
        fields = talk.state.open.fields
        assert fields[FieldName.LOCATION].value == PLACE
        assert fields[FieldName.INJURY].value is False
        assert fields[FieldName.PHONE].value == "13800138000"

    def test_fields_said_before_the_question_count(self) -> None:
        talk = Talk().say(f"{PLACE}的{LAMP}")
        assert isinstance(talk.state.pending, AskedConsent)

    def test_a_field_said_out_of_turn_is_kept(self) -> None:
        talk = ask_for(NOISE).say("没受伤")
        assert talk.state.pending == AskedSlot(slot=FieldName.LOCATION, times=2)
        assert isinstance(talk.say(PLACE).state.pending, AskedConsent)

    def test_every_value_keeps_its_quote(self) -> None:
        talk = ask_for().say("就在文二路12号旁边")
        assert talk.state.open is not None
        value = talk.state.open.fields[FieldName.LOCATION]
        assert value.source is Source.SAID
        assert value.quote
        assert value.quote in "就在文二路12号旁边"
        assert value.at == NOW

    def test_asked_twice_in_other_words_then_left_open(self) -> None:
        talk = ask_for().say("您问这个干嘛")
        assert talk.texts == ["«again location»"]
        talk.say("您问这个干嘛")
        assert isinstance(talk.state.pending, AskedConsent)
        assert "«consent_no_place»" in talk.texts[0]
        assert talk.say("可以").draft.missing == (FieldName.LOCATION,)

    @pytest.mark.parametrize("reply", ["不清楚", "我也不清楚的呀", "不好意思，说不清楚", "不方便说"])
    def test_not_knowing_is_an_answer(self, reply: str) -> None:
        talk = ask_for().say(reply)
        assert isinstance(talk.state.pending, AskedConsent)

    def test_not_knowing_something_is_no_refusal_of_another_matter(self) -> None:
        talk = ask_for().say(f"{NOISE}，不知道是谁")
        assert talk.state.open is not None
        assert talk.state.open.matter == "night_noise"

    @pytest.mark.parametrize(("key", "value"), [("1", True), ("2", False)])
    def test_a_key_answers_yes_or_no_and_is_marked_as_keyed(self, key: str, value: bool) -> None:
        talk = ask_for(NOISE).say(PLACE).key(key)
        assert talk.state.open is not None
        injury = talk.state.open.fields[FieldName.INJURY]
        assert (injury.value, injury.source, injury.quote) == (value, Source.KEYED, None)
        assert isinstance(talk.state.pending, AskedConsent)

    def test_the_third_key_leaves_it_open(self) -> None:
        talk = ask_for(NOISE).say(PLACE).key("3")
        assert isinstance(talk.state.pending, AskedConsent)
        assert talk.say("可以").draft.missing == (FieldName.INJURY,)

    @pytest.mark.parametrize("key", ["", "12", "23", "7", "#", "有"])
    def test_a_key_that_answers_nothing_repeats_the_question(self, key: str) -> None:
        talk = ask_for(NOISE).say(PLACE)
        before = talk.state.pending
        assert talk.key(key).texts == ["«ask injury»"]
        assert talk.state.pending == before

    def test_a_keyed_telephone_number(self) -> None:
        talk = consenting().say("可以").key("13800138000")
        assert talk.amend.fields[FieldName.PHONE].source is Source.KEYED
        assert talk.amend.fields[FieldName.PHONE].value == "13800138000"

    def test_the_number_of_the_call_is_not_asked(self) -> None:
        talk = consenting(caller="13800138000").say("可以")
        assert talk.state.pending is None
        assert talk.texts[-1] == "«anything_else»"

    def test_on_the_telephone_nothing_is_asked_after_filing(self) -> None:
        assert consenting(channel=Channel.PHONE).say("可以").state.pending is None

    def test_a_question_in_between_is_answered_and_asked_again(self) -> None:
        talk = ask_for().say(ID_CARD)
        assert talk.actions[0].answers == "id_card"  # type: ignore[union-attr]
        assert talk.texts[1:] == ["«topic_later»", "«ask location»"]
        assert talk.state.pending == AskedSlot(slot=FieldName.LOCATION, times=1)

    def test_another_matter_instead_of_an_answer_leads_and_keeps_the_first(self) -> None:
        talk = ask_for().say(NOISE)
        assert talk.state.open is not None
        assert talk.state.open.matter == "night_noise"
        assert talk.state.open.also == ("路灯不亮",)
        assert talk.state.open.quotes == (LAMP, NOISE)

    def test_an_optional_question_after_filing_may_be_refused(self) -> None:
        talk = consenting().say("可以").say("不想说")
        assert talk.amend.fields == {}
        assert talk.texts == ["«thanks_more»[12345线]«anything_else»"]
        assert talk.state.open is None


class TestConsent:
    def test_what_is_told_before_it_is_passed_on(self) -> None:
        talk = consenting()
        told = f"«consent»[12345线][路灯不亮][«consent_place»[{PLACE}]][来的人：12345_help]"
        assert talk.texts == [told]
        assert talk.offered == ["可以", "先不转"]
        assert talk.filed == 0

    @pytest.mark.parametrize("reply", ["可以", "好的", "行，转吧"])
    def test_yes_files_with_what_was_told_and_answered(self, reply: str) -> None:
        talk = consenting()
        told = talk.texts[0]
        draft = talk.say(reply).draft
        assert draft.consent is not None
        assert (draft.consent.told, draft.consent.answer, draft.consent.given) == (told, reply, True)
        assert draft.consent.at == NOW
        assert talk.connects == []

    def test_the_key_for_yes(self) -> None:
        draft = consenting().key("1").draft
        assert draft.consent is not None
        assert draft.consent.given

    @pytest.mark.parametrize("reply", ["不要", "先不转", "不可以"])
    def test_no_drops_the_matter(self, reply: str) -> None:
        talk = consenting().say(reply)
        assert talk.texts == ["«declined»"]
        assert (talk.state.open, talk.state.pending, talk.filed) == (None, None, 0)

    def test_the_key_for_no(self) -> None:
        assert consenting().key("2").texts == ["«declined»"]

    def test_unclear_is_asked_once_more_then_a_person(self) -> None:
        talk = consenting().say("那个嗯")
        assert talk.texts == ["«consent_again»"]
        talk.say("那个嗯")
        assert talk.draft.consent is None
        assert len(talk.connects) == 1
        assert "那个嗯" in talk.draft.quotes

    def test_a_question_is_no_consent(self) -> None:
        talk = consenting().say("可以不留电话吗")
        assert talk.filed == 0
        assert isinstance(talk.state.pending, AskedConsent)

    def test_a_rule_question_is_answered_and_consent_asked_again(self) -> None:
        talk = consenting().say(ID_CARD)
        assert talk.actions[0].answers == "id_card"  # type: ignore[union-attr]
        assert isinstance(talk.actions[-1], Offer)
        assert isinstance(talk.state.pending, AskedConsent)

    def test_a_new_place_is_told_before_consent_counts(self) -> None:
        talk = consenting().say("是在文三路8号")
        assert "[文三路8号]" in talk.texts[0]
        assert talk.filed == 0

    def test_what_is_added_with_yes_goes_into_the_case(self) -> None:
        draft = consenting().say("可以，我电话13800138000").draft
        assert draft.fields[FieldName.PHONE].value == "13800138000"

    def test_danger_and_urgent_matters_need_no_consent(self) -> None:
        assert Talk().say(QUARREL).draft.consent is None
        assert Talk().say(FIRE).draft.consent is None

    def test_a_report_is_confidential(self) -> None:
        talk = Talk().say("我要举报有人开赌场")
        assert isinstance(talk.state.pending, AskedConsent)
        draft = talk.say("可以").draft
        assert draft.confidential
        assert draft.appeal_type == "举报"


class TestConsultation:
    def test_the_answer_carries_source_date_and_place(self) -> None:
        (say,) = Talk().say(ID_CARD).actions
        assert isinstance(say, Say)
        assert say.text == "网页上的回答：身份证丢了怎么补办\n«volatile»\n«related»"
        assert say.speech == "电话里的回答：身份证丢了怎么补办"
        assert say.answers == "id_card"
        assert say.provenance is not None
        assert say.provenance.model_dump() == {
            "source": "省政府网站", "checked": "2026-01-05", "applies_to": "浙江省",
            "varies": ("窗口时间",), "volatile": True,
        }  # fmt: skip

    def test_a_short_question_leans_on_the_answer_before(self) -> None:
        talk = Talk().say(ID_CARD).say("那要多少钱")
        assert talk.actions[0].answers == "id_card_fee"  # type: ignore[union-attr]

    def test_between_the_thresholds_at_most_three_titles_and_none_of_these(self) -> None:
        words = muddled(OFFER_AT, CLOSE_CALL_AT)
        like = titles(small_knowledge().understanding.read([words]))
        talk = Talk().say(words)
        assert talk.texts == ["«did_you_mean»"]
        assert len(like) > 3
        assert talk.offered == [*like[:3], "都不是"]
        assert [c.key for a in talk.actions if isinstance(a, Offer) for c in a.choices] == [
            str(key) for key in range(1, len(talk.offered) + 1)
        ]

    @pytest.mark.parametrize("reply", ["1", "第一个", "身份证补办", "身份证 补办。"])
    def test_choosing_by_key_ordinal_or_words(self, reply: str) -> None:
        talk = choosing().say(reply)
        assert talk.actions[0].answers == "id_card"  # type: ignore[union-attr]
        assert talk.state.pending is None

    def test_choosing_by_button(self) -> None:
        assert choosing().key("3").actions[0].answers == "noise_hours"  # type: ignore[union-attr]

    @pytest.mark.parametrize("reply", ["2", "第二个", "我要反映路灯不亮", "路灯不亮"])
    def test_choosing_a_matter_opens_it_with_the_words_it_was_about(self, reply: str) -> None:
        talk = choosing().say(reply)
        assert talk.texts == ["«ask location»"]
        assert talk.state.open is not None
        assert talk.state.open.quotes == ("那个东西坏了",)

    @pytest.mark.parametrize("reply", ["4", "都不是"])
    def test_none_of_these_is_a_failed_turn(self, reply: str) -> None:
        talk = choosing().say(reply)
        assert talk.texts == ["«not_that»"]
        assert (talk.state.pending, talk.state.failures) == (None, 1)

    def test_another_clear_sentence_instead_of_a_choice_is_taken(self) -> None:
        assert choosing().say(QUARREL).draft.matter == "neighbour_fight"

    def test_small_talk_is_answered_and_counts_as_nothing(self) -> None:
        talk = Talk().say(STRANGE).say("早上好呀")
        assert talk.texts == ["您好，请讲。"]
        assert talk.state.failures == 0

    def test_what_the_line_does_not_do_is_said_politely(self) -> None:
        assert Talk().say("帮我写一篇作文作业").texts == ["作业要自己写。"]

    def test_an_opening_is_no_failure_at_first(self) -> None:
        talk = Talk().say("我要反映一个情况")
        assert talk.texts == ["«please_tell»"]
        assert talk.state.failures == 0

    def test_openings_without_end_bring_a_person(self) -> None:
        talk = Talk()
        for _ in range(4):
            talk.say("我要反映一个情况")
        assert talk.filed == 1

    def test_two_failed_turns_bring_a_person_with_the_words(self) -> None:
        talk = Talk().say(STRANGE)
        assert talk.texts == ["«unmatched»"]
        talk.say("quod erat demonstrandum")
        assert talk.texts[0] == "«too_many_failures»"
        assert talk.draft.matter == "demand_human"
        assert talk.draft.quotes == (f"{STRANGE}；quod erat demonstrandum",)
        assert talk.connects == [("12345", "P3")]

    @pytest.mark.parametrize("text", ["", "。。。", "😀", "\u200b"])
    def test_nothing_readable(self, text: str) -> None:
        assert Talk().say(text).texts == ["«unreadable»"]

    def test_success_forgives_a_failure(self) -> None:
        talk = Talk().say(STRANGE).say(ID_CARD).say(STRANGE)
        assert talk.texts == ["«unmatched»"]
        assert talk.filed == 0

    def test_an_afterthought_is_added_to_the_case_just_filed(self) -> None:
        talk = consenting(caller="13800138000").say("可以").say(STRANGE)
        assert talk.amend.quotes == (STRANGE,)
        assert talk.texts == ["«thanks_more»[12345线]«anything_else»"]


class TestFiling:
    def test_the_number_is_said_only_after_filing(self) -> None:
        talk = consenting(files=False).say("可以")
        assert talk.kinds == ["handoff"]
        talk = consenting().say("可以")
        assert talk.kinds == ["handoff", "say", "ask"]
        assert talk.texts[0] == f"«filed»[12345线][{NUMBER}][{CODE}]提醒：{LAMP}"

    def test_a_filed_event_nobody_waits_for_changes_nothing(self) -> None:
        from conversation import Filed

        talk = Talk()
        before = talk.state
        talk.on(Filed(number=NUMBER, access_code=CODE))
        assert (talk.state, talk.actions) == (before, ())

    def test_danger_is_told_number_and_how_to_stay_safe(self) -> None:
        texts = Talk().say(FIRE).texts
        assert f"«filed_urgent»[110台][{NUMBER}][{CODE}]" in texts
        assert f"提醒：{FIRE}" in texts

    def test_a_suggestion_asks_for_no_place(self) -> None:
        talk = Talk().say("我要表扬派出所的小王")
        assert "«consent_no_place»" in talk.texts[0]
        assert talk.say("可以").draft.missing == ()

    def test_a_second_matter_gets_its_own_case(self) -> None:
        talk = consenting().say("可以").say("不用了").say(NOISE).say(PLACE).say("没有").say("可以")
        assert talk.draft.matter == "night_noise"
        assert talk.filed == 2
        assert talk.state.filed is not None
        assert talk.state.filed.number == str(int(NUMBER) + 1)


class TestSilence:
    def test_one_prompt_one_question_then_a_person(self) -> None:
        talk = Talk(channel=Channel.PHONE)
        assert talk.silence().texts == ["«silence_first»"]
        assert talk.silence().texts == ["«silence_choice»"]
        assert isinstance(talk.state.pending, AskedSilent)
        talk.silence()
        assert talk.texts[0] == "«silence_human»"
        assert talk.connects == [("12345", "P3")]

    def test_on_110_silence_is_danger(self) -> None:
        talk = Talk(channel=Channel.PHONE, entry="110").silence().silence().silence()
        assert talk.connects == [("110", "P1")]
        assert talk.draft.matter == "silent_call"
        assert talk.draft.fields[FieldName.EVENT].source is Source.INFERRED
        assert talk.draft.quotes == ()

    @pytest.mark.parametrize("key", ["1"])
    def test_the_key_for_danger(self, key: str) -> None:
        talk = Talk().silence().silence().key(key)
        assert talk.connects == [("110", "P1")]

    @pytest.mark.parametrize("sound", ["嗯", "啊", "有"])
    def test_a_bare_sound_is_danger(self, sound: str) -> None:
        assert Talk().silence().silence().say(sound).connects == [("110", "P1")]

    def test_the_key_for_no_danger(self) -> None:
        talk = Talk().silence().silence().key("2")
        assert talk.texts == ["«please_tell»"]
        assert talk.filed == 0

    def test_a_sentence_after_silence_is_read_as_usual(self) -> None:
        talk = Talk().silence().silence().say(ID_CARD)
        assert talk.actions[0].answers == "id_card"  # type: ignore[union-attr]

    def test_a_word_starts_the_ladder_again(self) -> None:
        talk = Talk().silence().say("早上好呀").silence()
        assert talk.texts == ["«silence_first»"]

    def test_silence_at_a_question_brings_a_person_with_the_matter(self) -> None:
        talk = ask_for(channel=Channel.PHONE).silence()
        assert talk.texts == ["«silence_first»"]
        assert talk.silence().draft.matter == "street_light"
        assert len(talk.connects) == 1

    def test_while_a_person_is_on_the_way_silence_is_kept_company(self) -> None:
        talk = Talk().say(FIRE)
        for _ in range(3):
            assert talk.silence().texts == ["«still_here»[110台]"]
        assert talk.filed == 1


class TestOperator:
    def test_whoever_joins_is_named_and_the_front_desk_is_silent(self) -> None:
        talk = Talk().say(FIRE).join("110台")
        assert talk.texts == ["«operator_here»[110台]"]
        for words in [PLACE, ID_CARD, "转人工", "再说一遍", "再见", FIGHT, "。。。"]:
            assert talk.say(words).texts == []
        assert talk.silence().texts == []
        assert talk.key("1").texts == []
        assert talk.key("0").actions == ()
        assert talk.locate("文三路").texts == []

    def test_joining_twice_is_said_once(self) -> None:
        talk = Talk().say(FIRE).join("110台").join("110台")
        assert talk.actions == ()

    def test_what_is_overheard_reaches_the_case(self) -> None:
        talk = Talk().say(FIRE).join().say(f"我在{PLACE}")
        assert talk.kinds == ["amend"]
        assert talk.amend.fields[FieldName.LOCATION].value == PLACE
        assert talk.amend.quotes == (f"我在{PLACE}",)
        assert talk.locate("文三路").amend.fields[FieldName.LOCATION].source is Source.LOOKED_UP

    def test_danger_overheard_raises_the_case(self) -> None:
        talk = consenting().say("可以").join("12345线").say(FIGHT)
        assert talk.kinds == ["amend"]
        assert (talk.amend.priority, talk.amend.queue) == ("P1", "110")

    def test_danger_overheard_while_another_matter_is_written_reaches_the_filed_case(self) -> None:
        talk = consenting().say("可以").say("不用了").say(NOISE).join("12345线").say(FIGHT)
        assert talk.amend.number == NUMBER
        assert [risk.flag for risk in talk.amend.risks] == [RiskFlag.WEAPON]

    def test_no_question_stays_open_behind_the_operator(self) -> None:
        assert Talk().say(FIRE).join().state.pending is None

    def test_handing_back(self) -> None:
        talk = Talk().say(FIRE).join().leave()
        assert talk.texts == ["«operator_left»"]
        assert talk.say(ID_CARD).texts

    def test_nobody_leaves_twice(self) -> None:
        assert Talk().leave().actions == ()


class TestLocation:
    def test_a_position_answers_the_question_for_the_place(self) -> None:
        talk = ask_for().locate("文三路", accuracy=30)
        assert talk.texts[0] == "«location_shared»"
        assert isinstance(talk.state.pending, AskedConsent)
        draft = talk.say("可以").draft
        assert draft.fields[FieldName.LOCATION].value == "文三路（误差约30米）"
        assert draft.fields[FieldName.LOCATION].source is Source.LOOKED_UP

    def test_a_position_without_a_name_is_given_in_degrees(self) -> None:
        draft = ask_for().locate().say("可以").draft
        assert draft.fields[FieldName.LOCATION].value == "30.250000,120.160000"

    def test_a_position_shared_early_is_remembered(self) -> None:
        talk = Talk().locate("文三路")
        assert talk.texts == ["«location_shared»"]
        assert isinstance(talk.say(LAMP).state.pending, AskedConsent)

    def test_a_position_reaches_a_filed_case(self) -> None:
        talk = Talk().say(FIRE).locate("文三路")
        assert talk.amend.fields[FieldName.LOCATION].value == "文三路"
        assert talk.texts[-1] == "«urgent injury»"


class TestHangingUp:
    def test_an_unfiled_matter_is_not_passed_on(self) -> None:
        talk = consenting().hang_up()
        assert talk.actions == ()
        assert talk.state.ended
        assert talk.filed == 0

    def test_nothing_is_said_into_a_dead_line(self) -> None:
        talk = doubted()
        talk.files = False
        assert [type(action) for action in talk.hang_up().actions] == [Handoff]
        assert Talk().say(FIRE).hang_up().actions == ()

    def test_with_an_operator_the_call_is_theirs(self) -> None:
        assert Talk().say(FIRE).join().hang_up().actions == ()


def test_order_of_handoff_amend_and_connect_is_the_order_of_work() -> None:
    for turns in ([FIRE], [QUARREL, FIGHT], ["转人工"]):
        talk = Talk()
        for turn in turns:
            talk.say(turn)
        work = [type(action) for action in talk.actions if isinstance(action, Handoff | Amend | Connect)]
        assert work[-1] is Connect
        assert work[0] in (Handoff, Amend)


def test_the_engine_keeps_no_state_of_its_own() -> None:
    know = small_knowledge()
    one, other = Talk(know), Talk(know)
    other.engine = one.engine
    one.say(LAMP)
    assert other.state.open is None
    assert other.on(Said(alternatives=(STRANGE,))).texts == ["«unmatched»"]
    assert other.on(Said(alternatives=(PLACE,))).actions == Talk(know).say(STRANGE).say(PLACE).actions
