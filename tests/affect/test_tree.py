import pytest

from affectreason.affect import tree
from affectreason.affect.appearance import ACTIONS, APPEARANCE
from affectreason.affect.feelings import feeling, near
from affectreason.affect.labels import find
from affectreason.affect.reading import read
from affectreason.affect.response import parse
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.tree import Tree
from affectreason.affect.tree_json import from_json
from affectreason.affect.tree_of import of_response, of_sample
from affectreason.affect.tree_texts import as_reasoned, from_tagged, tagged

EKMAN = find("ekman7")


def said(one):
    """A tree as plain tuples: the scene, then for each person its leaves by level."""
    if one is None:
        return None
    scene = [node.label for node in one.children if node.kind == "scene"]
    people = [
        {level.label: [leaf.label for leaf in level.children] for level in node.children}
        for node in one.children
        if node.kind == "person"
    ]
    return scene, people


def one_person(**levels):
    return [], [levels]


def test_the_tables_hold_what_videmo_asks_for():
    assert (len(set(APPEARANCE.names)), len(set(ACTIONS.names))) == (40, 35)
    assert APPEARANCE.canonical("Grey hair") == "gray_hair"
    assert ACTIONS.canonical("closes her eyes") == "close_eyes"
    for table in (APPEARANCE, ACTIONS):  # no word stands for two names
        assert not set(table.aliases) & {name.replace("_", " ") for name in table.names}


@pytest.mark.parametrize(
    ("word", "name"),
    [("joyful", "happiness"), ("Angry", "anger"), ("scared", "fear"), ("worried", "worried"), ("xyzzy", "xyzzy")],
)
def test_every_form_of_a_feeling_has_one_spelling(word, name):
    assert feeling(word) == name


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("happiness", "amusement", True),  # a family of the label sets
        ("sadness", "melancholy", True),  # a cluster of the wheel
        ("happiness", "sadness", False),
        ("xyzzy", "plugh", False),
    ],
)
def test_which_feelings_are_near(one, other, are):
    assert near(one, other) is near(other, one) is are


def described(text, labels="ekman7"):
    """The tree of a description in plain words."""
    return of_sample(Sample(id="a", response=text, labels=labels))


def test_a_description_in_plain_words():
    text = (
        "A young woman with long black hair and glasses, without a beard and not bald, smiles; she is not crying. "
        "The lip corners are pulled up (AU12), no AU4. She is happy, not sad. Indoors."
    )
    found = described(text)
    leaves = ["young", "long_hair", "black_hair", "eyeglasses", "no_beard", "smile"]
    assert said(found) == (["indoors"], [{"attribute": leaves, "expression": ["AU12"], "emotion": ["happiness"]}])
    assert said(described("She feels proud and smiles.", None)) == one_person(attribute=["smile"], emotion=["proud"])


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("The woman has no long black hair.", None),
        ("Neither a frown nor a smile can be seen.", None),
        ("No action unit is active.", {"expression": []}),  # said to be none
        ("", None),
        ("\x00\x07 ���", None),
    ],
)
def test_what_is_denied_or_not_said_is_not_in_the_tree(text, levels):
    assert said(described(text)) == (None if levels is None else one_person(**levels))


@pytest.mark.parametrize("word", ["", "?", "unknown", "N/A", "not coded", "null", "不清楚"])
def test_json_that_is_not_sure_says_nothing_wherever_it_stands(word):
    """The same words for an answer as for a tree."""
    assert said(from_json({"emotion": "joy", "action": [word], "units": {"AU12": 1, "AU4": word}}).tree) == one_person(
        expression=["AU12"], emotion=["happiness"]
    )
    assert parse(f'{{"emotion": "happy", "AU4": "{word}", "AU12": 1}}', EKMAN).said.units == {12}


def test_tags_of_one_person():
    text = "<attribute>black hair, smiling</attribute><expression>6, 12</expression><emotion>joy, hopeful</emotion>"
    levels = {"attribute": ["black_hair", "smile"], "expression": ["AU6", "AU12"], "emotion": ["happiness", "hopeful"]}
    found = from_tagged(text)
    assert said(found.tree) == one_person(**levels)
    assert found.problem is None


def test_tags_of_several_people_and_the_scene():
    text = (
        "<scene>indoors</scene><person><attribute>bald</attribute><emotion>joy</emotion></person>\n"
        "<person><expression>none</expression><emotion>sad</emotion></person>"
    )
    people = [{"attribute": ["bald"], "emotion": ["happiness"]}, {"expression": [], "emotion": ["sadness"]}]
    assert said(from_tagged(text).tree) == (["indoors"], people)


def test_an_answer_stands_for_the_emotion():
    text = "<think><attribute>bald</attribute><expression>AU4</expression></think><answer>angry</answer>"
    assert said(from_tagged(text, EKMAN).tree) == one_person(attribute=["bald"], expression=["AU4"], emotion=["anger"])
    both = "<emotion>sad</emotion><answer>{}</answer>"
    assert said(from_tagged(both.format("sadness"), EKMAN).tree) == one_person(emotion=["sadness"])
    refused = from_tagged(both.format("happy"), EKMAN)
    assert (refused.tree, refused.problem) == (None, "the answer is not the emotion of the tree")


@pytest.mark.parametrize(
    ("text", "levels", "problem"),
    [
        (
            "<attribute>bald<emotion>sad</emotion>",
            {"attribute": ["bald"], "emotion": ["sadness"]},
            "<attribute> is not",
        ),
        ("<emotion>sad", {"emotion": ["sadness"]}, "<emotion> is not closed"),
        ("</emotion><emotion>sad</emotion>", {"emotion": ["sadness"]}, "</emotion> closes nothing"),
        ("<emotion>sad</emotion><emotion>sad</emotion>", {"emotion": ["sadness"]}, None),
        ("<emotion>sad</emotion><emotion>joy</emotion>", None, "<emotion> is given twice for one person"),
        ("<emotion></emotion>", None, "nothing is said"),
        ("no tree", None, "0 tags of a tree"),
        ("<emotion>" * 100, None, "100 tags of a tree: at least 1 and at most 64"),
        ("<person><emotion>sad</emotion></person>" * 5, None, "5 people: at most 4 are compared"),
        ("<emotion>" + "sad, " * 5000 + "</emotion>", None, "25019 characters: a tree is read from at most 20000"),
        ("<expression>" + ", ".join(f"AU{n}" for n in range(1, 99)) + "</expression>", ..., None),
    ],
)
def test_malformed_tags_are_read_as_far_as_they_are_sure(text, levels, problem):
    found = from_tagged(text)
    if levels is not ...:
        assert said(found.tree) == (None if levels is None else one_person(**levels))
    assert (found.problem or "").startswith(problem or "")
    assert (found.problem is None) == (problem is None)


def test_json_of_people():
    text = (
        '{"scene": "indoor", "people": [{"appearance": ["Black hair", "scar"], "action": {"smile": 1, "frown": 0}, '
        '"units": [12, "AU06", "no AU4"], "emotion": "joy"}, {"attribute": ["nodding", "bald"], "aus": []}]}'
    )
    people = [
        {"attribute": ["black_hair", "scar", "smile"], "expression": ["AU12", "AU6"], "emotion": ["happiness"]},
        {"attribute": ["bald", "nod"], "expression": []},
    ]
    found = from_json(text)
    assert said(found.tree) == (["indoors"], people)
    assert found.problem is None


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ('{"smile": NaN, "nod": 1, "yawn": 1e999, "emotion": null}', {"attribute": ["nod"]}),
        ('{"expression": {"AU4": true, "AU12": "absent"}}', {"expression": ["AU4"]}),
        ('{"expression": {"AU4": 0, "AU12": false}}', {"expression": []}),
        ('{"aus": [0, 1, 0, 1]}', None),  # a row of zeros and ones names no unit
        ('{"aus": ["?"], "emotion": "unknown"}', None),
        ('{"emotion": "she is by no means sad but happy"}', {"emotion": ["happiness"]}),
        ('{"attribute": {"appearance": ["bald"], "time": "at first"}}', {"attribute": ["bald", "beginning"]}),
    ],
)
def test_values_in_json(text, levels):
    assert said(from_json(text, EKMAN).tree) == (None if levels is None else one_person(**levels))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"emotion": "sad"', "this is not JSON"),
        ("[" * 9000, "this is not JSON"),
        ('["sad"]', "the JSON is no object"),
        ('{"people": [{"emotion": {"$ref": "#/people/0"}}]}', "a reference ($ref) is not followed: write the tree out"),
        ('{"emotion": "sad", "Emotion": "joy"}', "a key is given twice"),
        ('{"emotion": [[[[[[[["sad"]]]]]]]]}', "nested deeper than 6"),
        ('{"people": ["sad"]}', "a person is an object"),
        ('{"people": [' + ", ".join(['{"emotion": "sad"}'] * 5) + "]}", "5 people: at most 4 are compared"),
        (
            '{"appearance": [' + ", ".join(f'"mark {n}"' for n in range(254)) + "]}",
            "257 nodes: a tree has at most 256",
        ),
        (
            '{"appearance": [' + ", ".join(f'"m{n}"' for n in range(300)) + "]}",
            "more than 256 leaves: a tree has at most 256 nodes",
        ),
        ('{"weather": "fine"}', "'weather' is no part of a person; nothing is said"),
    ],
)
def test_trees_that_are_refused(text, problem):
    found = from_json(text)
    assert (found.tree, found.problem) == (None, problem)


def test_a_doubled_leaf_is_one():
    assert said(from_json('{"emotion": ["joy", "happy", "joy"]}').tree) == one_person(emotion=["happiness"])


def test_a_cyclic_object_is_refused():
    one: dict = {}
    one["attribute"] = {"appearance": [one]}
    assert from_json(one).tree is None


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        (
            "<think>Black hair. The brows are lowered (AU4), he frowns.</think><answer>angry</answer>",
            {"attribute": ["black_hair", "frown"], "expression": ["AU4"], "emotion": ["anger"]},
        ),
        ("<think>The man is bald.</think><answer>sad", {"attribute": ["male", "bald"], "emotion": ["sadness"]}),
        ('{"emotion": "angry", "action": "frown"}', {"attribute": ["frown"], "emotion": ["anger"]}),
        ('{"emotion": "angry"', None),
        ("<emotion>angry</emotion>", {"emotion": ["anger"]}),
        ("", None),
    ],
)
def test_the_tree_of_a_response(text, levels):
    found = of_response(parse(text, EKMAN), Sample(id="a", labels="ekman7")).tree
    assert said(found) == (None if levels is None else one_person(**levels))


def test_the_tree_of_a_sample():
    gold = Affect(emotion="angry", aus=[{"number": 4}, {"number": 12, "intensity": 0}])
    sample = Sample(
        id="a",
        gold=gold,
        attributes={"appearance": ("black hair", "scar"), "smile": 0.0, "nod": 1.0, "fps": 25.0, "scene": "indoor"},
        reasoning="He is bald and happy (AU1), and frowns.",
    )
    attribute = ["black_hair", "nod"]  # annotated attributes and labels go before what a description says
    levels = {"attribute": attribute, "expression": ["AU4"], "emotion": ["anger"]}
    assert said(of_sample(sample)) == (["indoors"], [levels])
    described = Sample(id="a", reasoning="He is bald and happy (AU1).")
    assert said(of_sample(described)) == one_person(attribute=["bald"], expression=["AU1"], emotion=["happiness"])
    written = Sample(id="a", response="<attribute>bald</attribute><emotion>joy</emotion>")
    assert said(of_sample(written)) == one_person(attribute=["bald"], emotion=["happiness"])
    assert of_sample(Sample(id="a")) is None
    assert said(of_sample(Sample(id="a", gold=Affect(aus=[])))) == one_person(expression=[])


def test_kinds_and_parts_of_a_tree():
    whole = tree.build([{"appearance": ("bald",), "unit": (), "emotion": ("joy",)}], ("indoors",)).tree
    assert tree.kinds(whole) == {"scene", "appearance", "unit", "emotion"}
    assert said(tree.only(whole, {"unit", "emotion"})) == one_person(expression=[], emotion=["joy"])
    assert tree.only(whole, {"time"}) is None
    assert [node.label for node in tree.nodes(whole)] == [
        "root", "indoors", "person", "attribute", "bald", "expression", "emotion", "joy"
    ]  # fmt: skip
    assert whole.children[0] == Tree("indoors", "scene")


@pytest.mark.parametrize(
    "text",
    [
        "<attribute>5 o clock shadow, smile</attribute><expression>AU4, AU12</expression><emotion>anger</emotion>",
        "<scene>indoors</scene><person><attribute>bald</attribute><emotion>anger, sadness</emotion></person>"
        "<person><expression>none</expression></person>",
    ],
)
def test_a_tree_is_written_as_it_is_read(text):
    assert tagged(from_tagged(text).tree) == text


def test_a_tree_is_reasoning_and_an_answer():
    text = "<attribute>bald</attribute>\n<expression>AU4</expression><emotion>angry</emotion>"
    found = read(text, Sample(id="a", labels="ekman7"))
    assert (found.said, found.well_formed) == (Affect(emotion="anger", aus=[4]), True)
    assert (found.text, found.reasoning, found.answered) == (text, "bald\nAU4", "angry")
    for other in (text + " Right?", text.replace("</emotion>", ""), text + text, f"<think>{text}</think>", ""):
        assert as_reasoned(other) is other


@pytest.mark.parametrize(
    ("key", "value", "leaf"),
    [
        ("action", "shake", "shake_head"), ("action", "none", None), ("hair", "long", "long_hair"),
        ("hair", "bald", "bald"), ("glasses", "yes", "eyeglasses"), ("glasses", "no", None),
        ("beard", "no", "no_beard"), ("time", "at first", "beginning"),
        ("place", "park", "outdoors"), ("gender", "male", "male"), ("smile", 1.0, "smile"), ("smile", 0.0, None),
        ("voice_rate", "slow", None), ("fps", 25.0, None), ("appearance", "scar", None),
    ],
)  # fmt: skip
def test_attributes_that_are_leaves(key, value, leaf):
    found = of_sample(Sample(id="a", attributes={key: value}))
    leaves = [] if found is None else [node.label for node in tree.nodes(found) if not node.children]
    assert leaves == ([] if leaf is None else [leaf])
