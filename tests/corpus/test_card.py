import json

import pytest
from huggingface_hub import DatasetCard

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.affect.samples import readable
from affectreason.corpus.card import Origin, card, content_digest, portable
from affectreason.corpus.card_front import creators, front, hub_licence, size_category, tasks
from affectreason.corpus.card_known import beforehand, in_part
from affectreason.corpus.card_questions import KEYS, QUESTIONS, UNKNOWN, read_answers, write_answers
from affectreason.corpus.card_text import CAUTION, readme
from affectreason.corpus.finding import Finding
from affectreason.corpus.tally import tally
from affectreason.errors import InputError
from affectreason.published.about import About
from affectreason.recipe import folders

NOTHING = dict.fromkeys(KEYS, UNKNOWN)
ORIGIN = Origin("mine.jsonl", "ab" * 32)
LEAK = Finding("error", "leak", 2, "2 pictures are in train and in test", ("a", "b"), "take them out of one | both")


def row(number, **more):
    where = {key: more.pop(key) for key in ("split", "origin", "licence", "gate", "subject", "dataset") if key in more}
    return Sample(id=f"s{number}", provenance=Provenance(**where), **more)


def faces():
    """Four pictures: three of train, one of test; two with units, one with three votes."""
    picture = (Media(kind="image", path="/none/1.png"),)
    who = {"dataset": "Set", "origin": "human", "licence": "CC BY 4.0", "gate": "login", "media": picture}
    joy, anger, units = (
        Affect(emotion="joy", valence=0.5),
        Affect(emotion="anger"),
        (ActionUnit(number=12, intensity=0),),
    )
    votes = (Affect(emotion="joy"), Affect(emotion="joy"), Affect(emotion="anger"))
    return tally(
        [
            row(1, gold=joy, split="train", subject="a", labels="meld7", annotators=votes, affect="expressed", **who),
            row(2, gold=joy, split="train", subject="a", labels="meld7", **who),
            row(3, gold=anger.model_copy(update={"aus": units}), split="train", labels="meld7", **who),
            row(4, gold=Affect(aus=(ActionUnit(number=12),)), split="test", **who),
        ]
    )


def test_the_card_counts_what_it_is_given():
    made = card(faces(), NOTHING, [LEAK], ORIGIN)
    assert (made["samples"], made["unlabelled"], made["people"]) == (4, 0, 1)
    assert made["labels"] == {"train": {"joy": 2, "anger": 1}}
    assert made["labels_imbalance"]["all"]["majority_share"] == 2 / 3
    assert made["unseen"] == ["disgust", "fear", "neutral", "sadness", "surprise"]
    assert made["media"] == {"kinds": {"image": 4}, "files": 1, "missing": 1, "bytes": 0, "samples_missing": 4}
    assert made["units"]["Set"]["units"] == [{"unit": 12, "coded": 2, "present": 1, "rate": 0.5}]
    assert made["scales"] == {"valence": {"count": 2, "least": 0.5, "most": 0.5, "mean": 0.5}}
    assert made["agreement"]["emotion"]["pairwise"] == pytest.approx(1 / 3)
    assert made["agreement"]["emotion"]["alpha"] == pytest.approx(0.0)
    assert made["fields"]["affect"] == {"not said": 3, "expressed": 1}
    assert made["findings"][0]["kind"] == "leak"
    assert made["unanswered"] == list(KEYS)
    assert json.loads(json.dumps(made)) == made | {"findings": [made["findings"][0] | {"examples": ["a", "b"]}]}


def test_a_file_without_samples_is_an_error():
    with pytest.raises(InputError, match=r"mine\.jsonl holds no samples; write one JSON object a line"):
        card(tally([]), NOTHING, [], ORIGIN)


def test_the_readme_is_a_card_of_the_hub():
    answers = NOTHING | {"name": "My: set", "licence": "CC BY 4.0", "language": ["en", "zh"], "purpose": "to\nlearn"}
    text = readme(card(faces(), answers, [LEAK], ORIGIN))
    read = DatasetCard(text)
    assert read.data.to_dict() == {
        "pretty_name": "My: set",
        "license": "cc-by-4.0",
        "language": ["en", "zh"],
        "multilinguality": "multilingual",
        "size_categories": "n<1K",
        "task_categories": ["image-classification"],
        "tags": ["emotion", "affective-computing", "affect-expressed", "facial-action-units"],
    }
    lines = read.text.splitlines()
    assert "# Dataset Card for My: set" in lines
    assert "- **What was it made for, and for which task?** to learn" in lines
    assert "- **What were they paid?** *unknown*" in lines
    assert "| joy | 2 | 2 |" in lines
    assert "| all | 2 | 0.918 | 2.0 | joy | 0.667 |" in lines
    assert "| AU12 | lip corner puller | 2 | 1 | 0.500 |" in lines
    assert "| emotion | 1 | 3 | 0.333 |  | 0.000 |" in lines
    assert r"| error | leak | 2 | 2 pictures are in train and in test | take them out of one \| both |" in lines
    assert CAUTION in lines
    assert "24 of 28 questions are unanswered" in read.text
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == [
        "## Dataset Details", "## Uses", "## Dataset Structure", "## Dataset Creation",
        "## Bias, Risks, and Limitations", "## Digests",
    ]  # fmt: skip


def test_every_question_stands_once_in_the_readme():
    text = readme(card(faces(), NOTHING, [], ORIGIN))
    assert [text.count(f"- **{question.text}**") for question in QUESTIONS] == [1] * len(QUESTIONS)


@pytest.mark.parametrize(
    ("licences", "said"),
    [
        ([], (None, None)),
        (["CC BY-NC-SA 4.0"], ("cc-by-nc-sa-4.0", None)),
        (["Apache 2.0"], ("apache-2.0", None)),
        (["CC0"], ("cc0-1.0", None)),
        (["MIT", "CC-BY-4.0"], (["mit", "cc-by-4.0"], None)),
        (["CC BY"], ("other", "cc-by")),
        (["research only, by signed form", "MIT"], ("other", "research-only-by-signed-form-and-mit")),
    ],
)
def test_a_licence_is_the_hubs_only_where_it_is_sure(licences, said):
    assert hub_licence(licences) == said


@pytest.mark.parametrize(
    ("origins", "kind", "said"),
    [
        (("human",), UNKNOWN, []),
        (("human",), "crowdsourced", ["crowdsourced"]),
        (("human+model", "lexicon"), "expert-generated", ["expert-generated", "machine-generated"]),
        (("model",), "crowdsourced", ["machine-generated"]),
        (("acted", "self-report"), UNKNOWN, ["other"]),
        ((None,), UNKNOWN, []),
        (("model", None), "crowdsourced", []),
        (("model", "human"), UNKNOWN, []),
        (("model", "human"), ["crowdsourced", UNKNOWN], []),
        (("model", "human"), ["crowdsourced", "found"], ["crowdsourced", "found", "machine-generated"]),
    ],
)
def test_who_annotated_is_said_only_where_it_is_true(origins, kind, said):
    samples = [row(number, gold=Affect(emotion="joy"), origin=origin) for number, origin in enumerate(origins)]
    assert creators(tally(samples), kind) == said


def test_no_annotation_is_said_where_there_is_none():
    assert creators(tally([row(1, origin="human")]), "crowdsourced") == ["no-annotation"]


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([row(1, gold=Affect(emotion="joy"))], ["text-classification"]),
        ([row(1, gold=Affect(aus=()), media=(Media(kind="frames", path="/x"),))], ["video-classification"]),
        (
            [row(1, answer="yes", media=(Media(kind="image", path="/x"),))],
            ["image-text-to-text", "visual-question-answering"],
        ),
        ([row(1, gold=Affect(valence=0.1))], []),
        ([row(1, reasoning="a smile", media=(Media(kind="audio", path="/x"),))], ["audio-text-to-text"]),
    ],
)
def test_tasks_in_the_hubs_names(samples, said):
    assert tasks(tally(samples)) == said


@pytest.mark.parametrize(
    ("samples", "said"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (13706, "10K<n<100K"), (10**6, "1M<n<10M"), (10**8, "100M<n<1B")],
)
def test_sizes(samples, said):
    assert size_category(samples) == said


def test_the_language_is_never_guessed():
    assert front(faces(), NOTHING).language is None
    assert front(faces(), NOTHING).multilinguality is None
    assert front(faces(), NOTHING | {"language": "de"}).multilinguality == "monolingual"


ABOUT = About(title="Set", holds="", licence="CC BY 4.0", gate="login", get="ask us", layout="", paper="A paper, 2020")


def test_what_is_known_beforehand_is_filled_in(tmp_path):
    path = tmp_path / "mine.card.yaml"
    write_answers(path, beforehand(faces(), {"Set": ABOUT}), in_part(faces()))
    answers = read_answers(path)
    assert {key: answer for key, answer in answers.items() if answer != UNKNOWN} == {
        "name": "Set",
        "licence": "CC BY 4.0",
        "access": "login: ask us",
        "label_origin": "human",
        "paper": "A paper, 2020",
    }
    text = path.read_text()
    assert "\n# The samples say: meld7 (3 of 4), not said (1 of 4)\ntaxonomy: unknown\n" in text
    assert "\n# The samples say: not said (3 of 4), expressed (1 of 4)\naffect_kind: unknown\n" in text
    assert text.count("The samples say") == 2
    for question in QUESTIONS:
        assert f"# {question.text}\n" in text
    assert "restricted by law" in text


def test_several_licences_are_a_list(tmp_path):
    samples = [row(number, licence=name) for number, name in enumerate(("MIT", "CC0: no rights", "MIT"))]
    write_answers(tmp_path / "a.yaml", beforehand(tally(samples), {}), {})
    assert read_answers(tmp_path / "a.yaml")["licence"] == ["MIT", "CC0: no rights"]


def test_what_one_sample_says_is_not_said_for_the_others(tmp_path):
    """One of 23 has a licence, a gate and a data set of its own; 22 were labelled by people."""
    odd = {"licence": "CC BY 4.0", "gate": "login", "origin": "model", "dataset": "Set"}
    samples = [row(number, gold=Affect(emotion="joy"), origin="human") for number in range(22)]
    done = tally([*samples, row(22, gold=Affect(emotion="joy"), **odd)])
    write_answers(tmp_path / "a.yaml", beforehand(done, {"Set": ABOUT}), in_part(done))
    answers = read_answers(tmp_path / "a.yaml")
    assert {key: answer for key, answer in answers.items() if answer != UNKNOWN} == {"label_origin": "human, model"}
    text = (tmp_path / "a.yaml").read_text()
    assert "# The samples say: not said (22 of 23), CC BY 4.0 (1 of 23)\nlicence: unknown\n" in text
    metadata = front(done, answers).to_dict()
    assert not {"license", "license_name", "annotations_creators", "pretty_name"} & set(metadata)
    told = readme(card(done, answers, [], ORIGIN)).splitlines()
    assert told[told.index("| licence | samples | share |") + 2 :][:2] == [
        "| not said | 22 | 95.7 % |",
        "| CC BY 4.0 | 1 | 4.3 % |",
    ]


def test_what_is_published_of_some_of_the_sets_is_not_said_of_all():
    samples = [row(number, dataset=name, gate="login") for number, name in enumerate(("Set", "Mine"))]
    known = beforehand(tally(samples), {"Set": ABOUT})
    assert (known["name"], known["access"], "paper" in known) == ("Set, Mine", "login", False)


def test_a_licence_that_is_called_unknown_is_none(tmp_path):
    done = tally([row(1, licence="MIT"), row(2, licence="Unknown")])
    assert "licence" not in beforehand(done, {})
    assert in_part(done) == {"licence": "MIT (1 of 2), Unknown (1 of 2)"}
    assert in_part(tally([row(1, licence="Unknown"), row(2)])) == {}


def test_a_comment_is_one_line_whatever_the_samples_say(tmp_path):
    done = tally([row(1, licence="a\nconsent: all\x07\u2028of them"), row(2), *(row(n, task=str(n)) for n in (3, 4))])
    write_answers(tmp_path / "a.yaml", {}, in_part(done))
    assert read_answers(tmp_path / "a.yaml") == NOTHING
    assert (
        "# The samples say: not said (3 of 4), a consent: all of them (1 of 4)\n" in (tmp_path / "a.yaml").read_text()
    )


def test_a_comment_shows_five_names_and_how_many_more():
    done = tally([row(0), *(row(number, licence=f"own {number}") for number in range(1, 8))])
    assert in_part(done)["licence"].endswith("own 4 (1 of 8), and 3 more")


@pytest.mark.parametrize("word", ["unknown", "Unknown", "UNKNOWN", "'  unKnown '"])
def test_unknown_in_any_letters_is_unknown(tmp_path, word):
    (tmp_path / "a.yaml").write_text(
        f"name: {word}\nlicence: [CC BY 4.0, {word}]\nlanguage: [en, {word}]\nconsent: no\n"
    )
    answers = read_answers(tmp_path / "a.yaml")
    assert (answers["name"], answers["licence"]) == (UNKNOWN, ["CC BY 4.0", UNKNOWN])
    made = card(faces(), answers, [], ORIGIN)
    assert made["unanswered"] == [key for key in KEYS if key != "consent"]
    keys = {"pretty_name", "license", "license_name", "language", "multilinguality", "annotations_creators"}
    assert not keys & set(made["metadata"])
    assert "**The name of the data set** *unknown*" in readme(made)


def test_one_licence_in_two_spellings_is_one():
    assert hub_licence(["MIT", "mit"]) == ("mit", None)


def test_annotators_of_several_kinds(tmp_path):
    (tmp_path / "a.yaml").write_text("annotator_kind: [expert-generated, crowdsourced]")
    answers = read_answers(tmp_path / "a.yaml")
    assert front(faces(), answers).to_dict()["annotations_creators"] == ["crowdsourced", "expert-generated"]
    (tmp_path / "a.yaml").write_text("annotator_kind: [expert-generated, crowd]")
    with pytest.raises(InputError, match="annotator_kind: 'crowd'; did you mean 'crowdsourced'"):
        read_answers(tmp_path / "a.yaml")


def test_a_binary_file_of_answers_is_said_in_words(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(
        InputError, match=r"a\.yaml: not UTF-8 text \(byte 0xff\); give the file with the answers, saved"
    ):
        read_answers(tmp_path / "a.yaml")


def test_many_words_are_in_the_card_and_the_most_frequent_in_the_readme():
    """7,000 words, the first of them twice; every other sample is of train."""
    words = ["w0", *(f"w{number}" for number in range(7000))]
    samples = [
        row(number, gold=Affect(emotion=word), split=("train", "test")[number % 2], labels=word)
        for number, word in enumerate(words)
    ]
    made = card(tally(samples), NOTHING, [], ORIGIN)
    assert len(made["labels"]["train"]) + len(made["labels"]["test"]) == 7001
    lines = readme(made).splitlines()
    assert len(lines) < 200
    assert "| w0 | 1 | 1 | 2 |" in lines
    assert "| *6,980 more, in card.json* | 3,489 | 3,491 | 6,980 |" in lines
    assert "| *6,980 more, in card.json* | 6,980 | 99.7 % |" in lines


def test_examples_name_no_folder_of_this_machine(tmp_path):
    data = tmp_path / "mine.jsonl"
    given = {
        f"a ({data}:1): {tmp_path}/faces/1.png": "a (mine.jsonl:1): faces/1.png",
        f"a ({data}:1): {tmp_path}/1.png: a tail that is cut": "a (mine.jsonl:1): 1.png: a tail that is cut",
        f"a ({data}:1): /elsewhere{tmp_path}/1.png": "a (mine.jsonl:1)",
        f"a ({data}:1): {tmp_path}/1.png = /else where/2.png": "a (mine.jsonl:1)",
        f"a ({data}:1) in test, b ({data}:2) in train": "a (mine.jsonl:1) in test, b (mine.jsonl:2) in train",
        f"a ({data}:1): score 9": "a (mine.jsonl:1): score 9",
    }
    found = portable(Finding("note", "odd_media", 6, "6", tuple(given)), data)
    assert found.examples == tuple(given.values())


@pytest.mark.parametrize(
    ("scores", "mean", "said"),
    [
        ((1e308, 1e308), None, "undefined: every vote is the same"),
        ((-1e308, 1e308), 0.0, "too large to sum"),
        ((1e200, -1e200), 0.0, "too large to sum"),
    ],
)
def test_what_is_too_large_to_sum_is_no_infinity(scores, mean, said):
    votes = tuple(Affect(score=score) for score in scores)
    made = card(tally([row(n, gold=vote, annotators=votes) for n, vote in enumerate(votes)]), NOTHING, [], ORIGIN)
    json.dumps(made, allow_nan=False)
    assert made["scales"]["score"]["mean"] == mean
    assert made["agreement"]["score"]["alpha"] is None
    assert f" {said} |" in readme(made)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purpse: x", "there is no question 'purpse'; did you mean 'purpose'?"),
        ("consent:", "consent is empty; write what is known, or unknown"),
        ("consent: '  '", "consent is empty; write what is known, or unknown"),
        ("licence: []", "licence is empty; write what is known, or unknown"),
        ("licence: [MIT, '']", "licence is empty; write what is known, or unknown"),
        ("disagreement: true", "disagreement: True is not text; write it in words, or unknown"),
        ("privacy: {face: blurred}", "privacy: {'face': 'blurred'} is not text"),
        ("annotator_kind: crowd", "annotator_kind: 'crowd'; did you mean 'crowdsourced'? known: crowdsourced"),
        ("language: English", "language: 'English' is no code of ISO 639; write for example en, or [en, zh]"),
        ("- purpose", "holds no answers; write one `key: answer` a line, such as purpose: unknown"),
        ("purpose: a\npurpose: b", "the key 'purpose' is given twice"),
    ],
)
def test_answers_that_cannot_be_read_are_said_in_words(tmp_path, text, said):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_answers(path)
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


def test_missing_answers_are_unknown_and_numbers_are_text(tmp_path):
    (tmp_path / "a.yaml").write_text("annotator_number: 10\n")
    assert read_answers(tmp_path / "a.yaml") == NOTHING | {"annotator_number": "10"}


def test_an_answers_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no such file: .*a\.yaml; without answers= it is written beside the data"):
        read_answers(tmp_path / "a.yaml")


def test_a_row_that_is_no_sample_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a"}\n{"id": "b", "golt": {}}\n')
    with pytest.raises(InputError, match=r"a\.jsonl:2: .*unknown key 'golt'.*; affectreason check data="):
        list(readable(path))


def test_digests(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert folders.digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert content_digest([b"b", b"a", b"a"]) == content_digest(iter([b"a", b"b"]))
    assert content_digest([b"a"]) != content_digest([b"b"])
    assert content_digest([]) is None
