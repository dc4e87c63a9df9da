import datetime
import io
import json
import shutil

import pytest
import yaml
from PIL import Image
from rich.console import Console

from affectreason import cli
from affectreason.affect.labels import find
from affectreason.affect.response import parse
from affectreason.commands import chat
from affectreason.errors import InputError
from affectreason.media import terminal
from affectreason.model import dialogue as talks
from affectreason.model import dialogue_keys as keys
from affectreason.recipe import origin
from affectreason.scoring.panels import panels, side_by_side

GOOD = "<think>The cheeks are raised (AU6) and the lip corners are pulled up (AU12).</think><answer>happiness</answer>"
FEW = "max_new_tokens=6"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A run whose sft comes from a warm-up, an adapter on its model, a model of another kind, and pictures."""
    from peft import LoraConfig, get_peft_model

    from affectreason.model import load, tiny

    home = tmp_path_factory.mktemp("chat")
    for seed, (name, init) in enumerate([("base", None), ("sft", "base"), ("grpo", "sft")]):
        stage = {"name": name, "kind": "warm_up" if init is None else "sft"} | ({"init": init} if init else {})
        folder = home / "runs" / "r" / name
        if name == "grpo":
            shutil.copytree(home / "runs" / "r" / "sft" / "model", folder / "model")
        else:
            tiny.write("qwen3_vl", folder / "model", seed)
        media = {"fps": 2.0, "max_frames": 4}
        made = {"stage": stage, "model": "tiny:qwen3_vl", "prompt": "tiny", "labels": "mer6", "dtype": "float32"}
        (folder / "recipe.yaml").write_text(yaml.safe_dump(made | {"media": media}))
        (folder / "done.json").write_text("{}")
    model, processor = load.load(str(home / "runs" / "r" / "sft" / "model"))
    lora = LoraConfig(
        r=4, target_modules=r".*(language_model.*\.(q|v)_proj|visual\.blocks\.\d\.attn\.qkv)", init_lora_weights=False
    )
    get_peft_model(model, lora).save_pretrained(home / "adapter")
    processor.save_pretrained(home / "adapter")
    tiny.write("llava", home / "llava")
    (home / "empty").mkdir()
    for name, colour in [("red.png", "red"), ("my blue.png", "blue")]:
        Image.new("RGB", (96, 96), colour).save(home / name)
    (home / "frames").mkdir()
    for number in range(4):
        Image.new("RGB", (96, 96), (60 * number, 0, 0)).save(home / "frames" / f"{number}.png")
    (home / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n cut short")
    return home


@pytest.fixture
def run(world, monkeypatch, capsys):
    """Run the command in the world's folder with scripted lines; its exit code, output and errors."""
    monkeypatch.chdir(world)
    monkeypatch.setenv("COLUMNS", "120")

    def go(lines, *words):
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        code = cli.main(["chat", *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return go


@pytest.fixture
def says(monkeypatch):
    """Let every model answer a given text; the dialogues it was asked are kept."""
    from affectreason.model import generate

    asked = []

    def answer(model, processor, those, *, streamer, **more):
        asked.append((those[0].dialogue, more))
        return [GOOD]

    monkeypatch.setattr(generate, "answer", answer)
    return asked


class Keyboard(io.StringIO):
    def isatty(self):
        return True


SFT = "model=runs/r/sft/model"


def shown(renderable, width=100):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(renderable)
    return console.file.getvalue()


# what is printed


def test_reasoning_units_and_answer_are_set_apart():
    text = shown(panels(parse(GOOD, find("ekman7"))))
    order = ["reasoning", "the lip corners are pulled up (AU12)", "action units", "AU6  cheek raiser"]
    order += ["AU12  lip corner puller", "answer", "happiness"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "<think>" not in text
    assert "well formed" not in text


def test_without_reasoning_the_rest_stays():
    text = shown(panels(parse(GOOD, find("ekman7")), reasoning=False))
    assert "reasoning" not in text
    assert "lip corner puller" in text
    assert "happiness" in text


@pytest.mark.parametrize(
    ("text", "has", "lacks"),
    [
        ("gibber [red]ish", ["as the model wrote it", "gibber [red]ish", "no answer could be read: 0"], ["units"]),
        ("I see AU12, so joy.", ["I see AU12, so", "AU12 lip corner puller", "happiness", "not well formed: 0"], []),
        ("<think>x</think><answer>happy, sad</answer>", ["affirms 2 labels: happiness, sadness"], ["reasoning"]),
        ("<think>No action unit is active.</think><answer>neutral</answer>", ["none is active"], ["note"]),
        ("<think>It looks so.</think><answer>neutral</answer>", ["nothing said of any"], ["note"]),
        ("<think>AUL12C</think><answer>joy</answer>", ["lip corner puller, left, intensity C = 3"], ["note"]),
        ("", ["(an empty text)", "no answer could be read"], []),
        ("a\x1b[2Jb", ["a␛[2Jb"], ["\x1b"]),
    ],
)  # fmt: skip
def test_what_cannot_be_parsed_is_shown_with_the_reason(text, has, lacks):
    printed = " ".join(shown(panels(parse(text, find("ekman7")))).split())
    assert [part for part in has if part not in printed] == []
    assert [part for part in lacks if part in printed] == []


def test_side_by_side_and_broken_off():
    left, right = (panels(parse(text, find("ekman7")), cut=cut) for text, cut in (("zzz", 6), (GOOD, None)))
    lines = shown(side_by_side(("base: a", left), ("tuned: b", right))).splitlines()
    assert lines[0].split() == ["base:", "a", "tuned:", "b"]
    assert any("zzz" in line[:50] and "The cheeks" in line[50:] for line in lines)
    assert "broken off after 6 tokens" in shown(left)


def test_the_text_grows_in_a_terminal_alone():
    screen = Console(width=60, height=20, file=io.StringIO(), force_terminal=True)
    with terminal.growing(screen) as show:
        show("<think>The brows", 4)
    assert "<think>The brows" in screen.file.getvalue()
    assert "writing, 4 tokens" in screen.file.getvalue()
    hidden = Console(width=60, height=20, file=io.StringIO(), force_terminal=True)
    with terminal.growing(hidden, reasoning=False) as show:
        show("<think>The brows", 4)
    assert "brows" not in hidden.file.getvalue()
    with terminal.growing(Console(file=io.StringIO())) as show:
        assert show is None


# where a model comes from


def test_the_origin_of_a_run_is_read_beside_it(world, monkeypatch):
    monkeypatch.chdir(world)
    found = origin.of("runs/r/grpo/model")
    assert (found.prompt, found.labels, found.dtype, found.media.max_frames) == ("tiny", "mer6", "float32", 4)
    assert (found.base, found.unfinished) == ("runs/r/base/model", None)
    assert origin.of("runs/r/base/model").base == "tiny:qwen3_vl"
    assert origin.of("llava") == origin.of("some/hub-id") == origin.Origin()


def test_four_bits_are_those_it_was_trained_over(world, tmp_path):
    stage = tmp_path / "run" / "sft"
    (stage / "model").mkdir(parents=True)
    made = yaml.safe_load((world / "runs" / "r" / "sft" / "recipe.yaml").read_text())
    (stage / "recipe.yaml").write_text(yaml.safe_dump(made | {"quantize": "nf4"}))
    home = origin.of(str(stage / "model"))
    assert [origin.quantized(given, home) for given in ("auto", None, "fp4")] == ["nf4", None, "fp4"]
    assert origin.quantized("auto", origin.Origin()) is None
    begun, _ = keys.dialogue({**keys.KEYS, "model": str(stage / "model")})
    assert begun.quantize == "nf4"
    (stage / "recipe.yaml").write_text(yaml.safe_dump(made | {"quantize": "int3"}))
    with pytest.raises(InputError, match=r"recipe\.yaml: quantize: int3: "):
        origin.of(str(stage / "model"))


def test_a_chain_without_a_warm_up_began_with_its_first_init(tmp_path):
    for name, made in {"a": {"init": "org/vlm"}, "b": {"init": "a", "prompt": "facial_r1"}, "c": {}}.items():
        (tmp_path / name / "model").mkdir(parents=True)
        text = yaml.safe_dump({"stage": {"kind": "sft", **made}, "model": "org/other", "prompt": "tiny"})
        (tmp_path / name / "recipe.yaml").write_text(text)
    found = {name: origin.of(str(tmp_path / name / "model")) for name in "abc"}
    assert [found[name].base for name in "abc"] == ["org/vlm", "org/vlm", "org/other"]
    assert [found[name].prompt for name in "abc"] == ["tiny", "facial_r1", "tiny"]
    assert found["a"].unfinished == str(tmp_path / "a")


# the dialogue


def test_a_real_question_once_ends_and_is_saved(run, world):
    code, out, err = run("never read\n", SFT, "image=red.png", "question=Why: so #1?", FEW, "save=once/a.json")
    assert code == 0
    assert "red.png" in out
    assert "> Why: so #1?" in out
    assert "never read" not in out
    assert "saved 1 answer in once/a.json" in err
    kept = json.loads((world / "once" / "a.json").read_text())
    assert (kept["model"], kept["adapter"], kept["base"]) == ("runs/r/sft/model", None, "runs/r/base/model")
    (only,) = kept["dialogue"]
    assert only["media"] == [{"kind": "image", "path": str(world / "red.png")}]
    assert (only["question"], only["asked"], only["labels"]) == ("Why: so #1?", "Why: so #1?", "mer6")
    assert only["broken_off_after"] == 6
    assert only["text"]


def test_earlier_turns_stand_before_a_question_until_the_picture_changes(run, world, says):
    lines = ["", "And the brows?", '/image "my blue.png" red.png', "", "/clear", "", "/video frames", "What happens?"]
    code, out, err = run("\n".join(lines), SFT, "image=red.png")
    assert (code, "error" in err) == (0, False)
    first, second, third, fourth, fifth = (dialogue for dialogue, _ in says)
    own = "Which action units, which emotion?"
    picture = {"type": "image"}
    assert first == [{"role": "user", "content": [picture, {"type": "text", "text": own}]}]
    assert [turn["role"] for turn in second] == ["user", "assistant", "user"]
    assert second[0] == first[0]
    assert second[1]["content"] == [{"type": "text", "text": GOOD}]
    assert second[2]["content"] == [{"type": "text", "text": "And the brows?"}]
    assert third == fourth == [{"role": "user", "content": [picture, picture, {"type": "text", "text": own}]}]
    assert fifth[0]["content"][0] == {"type": "video"}
    assert says[0][1]["max_frames"] == 4
    assert "looking at my blue.png, red.png; the dialogue begins anew" in out


def test_prompt_labels_and_think(run, says):
    code, out, _ = run("\n/think\n/labels ekman7\n/prompt facial_r1\n\n/think\n\n", SFT, "image=red.png")
    assert code == 0
    assert out.count("reasoning ─") == 2
    assert "the reasoning is hidden" in out
    assert "prompt facial_r1; Enter asks: Which emotion does this face show?" in out
    assert "anger, disgust, fear, happiness" in says[1][0][-1]["content"][-1]["text"]
    assert "emotion could be" not in out


def test_each_question_has_its_own_seed(run, says):
    run("a\nb\n", SFT, "temperature=0.5", "seed=7")
    assert [(more["temperature"], more["seed"]) for _, more in says] == [(0.5, 7), (0.5, 8)]


def test_compare_puts_the_chains_first_model_beside(run, world):
    code, out, err = run("Which?\n/compare\n/compare\n/save kept.json\n/quit\nno\n", SFT, "image=red.png", FEW)
    assert code == 0
    assert "base: runs/r/base/model" in out
    assert "tuned: runs/r/sft/model" in out
    assert err.count("opening runs/r/base/model") == 1
    kept = json.loads((world / "kept.json").read_text())["dialogue"][0]
    alone = run("Which?\n/save alone.json\n", "model=runs/r/base/model", "image=red.png", FEW, "prompt=tiny")
    assert alone[0] == 0
    assert kept["base"]["text"] == json.loads((world / "alone.json").read_text())["dialogue"][0]["text"]


def test_an_adapter_is_taken_off_to_compare(run, world):
    assert run("Which?\n/compare\n/save worn.json\n", "model=adapter", "image=red.png", FEW, "prompt=tiny")[0] == 0
    worn = json.loads((world / "worn.json").read_text())["dialogue"][0]
    code, out, _ = run(
        "Which?\n/compare\n/save put_on.json\n", SFT, "adapter=adapter", "image=red.png", FEW, "prompt=tiny"
    )
    assert code == 0
    assert "base: without the adapter" in out
    put_on = json.loads((world / "put_on.json").read_text())["dialogue"][0]
    assert run("Which?\n/save bare.json\n", SFT, "image=red.png", FEW, "prompt=tiny")[0] == 0
    bare = json.loads((world / "bare.json").read_text())["dialogue"][0]
    assert worn["text"] == put_on["text"] != bare["text"]
    assert worn["base"]["text"] == put_on["base"]["text"] == bare["text"]


def test_save_names_the_day_and_never_overwrites(run, world, says):
    day = datetime.date.today()
    (world / f"chat-{day}.json").write_text("mine")
    (world / "other.json").write_text("mine")
    code, _, err = run("/save\n\n/save other.json\n/save empty\n/save a b\n/save\nMore?\n/save\n", SFT)
    assert code == 2
    assert "nothing was asked yet, so there is nothing to save" in err
    assert "other.json exists already and is not overwritten; name another file" in err
    assert "empty is a folder; name a file in it, such as empty/chat.json" in err
    assert "/save takes one path, not 2" in err
    assert (world / f"chat-{day}.json").read_text() == (world / "other.json").read_text() == "mine"
    kept = json.loads((world / f"chat-{day}-2.json").read_text())["dialogue"]
    assert [one["question"] for one in kept] == ["Which action units, which emotion?", "More?"]
    assert kept[1]["turns"][1] == {"role": "assistant", "text": GOOD}
    assert kept[0]["said"] == {"emotion": "happy", "aus": [{"number": 6}, {"number": 12}]}
    assert (kept[0]["well_formed"], kept[0]["media"]) == (True, [])
    assert not (world / f"chat-{day}-3.json").exists()


def test_by_hand_ctrl_c_stops_an_answer_and_then_the_chat(run, monkeypatch, says):
    from affectreason.model import generate

    typed = iter(["What?", KeyboardInterrupt])

    def line(by_hand):
        assert by_hand
        one = next(typed)
        if one is KeyboardInterrupt:
            raise KeyboardInterrupt
        return one

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(chat, "read_line", line)
    monkeypatch.setattr(generate, "answer", interrupted)
    monkeypatch.setattr(io, "StringIO", Keyboard)
    code, out, _ = run("", SFT)
    assert code == 0
    assert "stopped; what was written is not kept" in out
    assert next(typed, None) is None


def test_help_lists_every_command(run, says):
    out = run("/help\n", SFT)[1]
    assert [name for name in chat.SLASHES if name not in out] == []
    assert cli.main(["chat", "help"]) == 0


def test_sounds_are_heard_beside_what_is_looked_at(run, world, says, sound):
    for name in ("a.wav", "b.wav"):
        sound(world / name)
    lines = ["How?", "/audio b.wav", "", '/image "my blue.png"', ""]
    assert run("\n".join([*lines, ""]), SFT, "video=frames", "audio=a.wav")[0] == 0
    kinds = [[part["type"] for part in dialogue[0]["content"]] for dialogue, _ in says]
    assert kinds == [["video", "audio", "text"], ["video", "audio", "text"], ["image", "text"]]
    assert says[0][1]["max_seconds"] is None


# what is wrong is said in words


def test_mistakes_in_a_line_do_not_end_the_chat(run, says):
    wrong = {
        "/imge red.png": "unknown command /imge; did you mean '/image'? known: /audio, /clear",
        "/image rad.png": "rad.png; beside it: red.png",
        "/image nowhere/a.png": "nowhere is missing too",
        "/image broken.png": "cannot read the image",
        "/image frames": "is a folder, not a picture; a folder of frames is given as a video",
        "/image": "/image needs a path, for example /image face.png",
        '/image "red.png': "No closing quotation; close the quotes",
        "/video red.png": "the clip",
        "/audio": "/audio needs a path, for example /audio voice.wav",
        "/audio frames": "is a folder, not a sound; a folder of frames is given as a video",
        "/audio gone.wav": "no such file",
        "/prompt fecial_r1": "unknown prompt 'fecial_r1'; did you mean 'facial_r1'?",
        "/labels ekman9": "unknown label set 'ekman9'; did you mean",
        "/compare": "nothing was asked yet, so there is nothing to compare",
        "/think hard": "/think takes nothing after it, not 'hard'",
    }
    code, out, err = run("\n".join([*wrong, "Still there?"]), SFT, "image=red.png")
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == len(wrong)
    assert [part for line, part in zip(errors, wrong.values(), strict=True) if part not in line] == []
    assert code == 2
    assert "sample" not in err
    assert says[-1][0][0]["content"][0] == {"type": "image"}
    assert "Still there?" in out


def test_a_dragged_in_file_is_not_taken_for_a_command(run, world, says):
    assert f"to look at that file, type: /image {world}/red.png" in run(f"{world}/red.png\n", SFT)[2]


def test_what_it_was_trained_from_must_be_known_to_compare(run, says):
    code, _, err = run("a\n/compare\n", "model=llava", "prompt=tiny")
    assert code == 2
    assert "it is not known what llava was trained from; start the chat with base=, a model folder or a hub id" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "missing model=; for example: affectreason chat model=runs/tiny/sft/model image=face.png"),
        ([SFT, "imag=red.png"], "unknown key 'imag'; did you mean 'image'?"),
        (["model=runs/r/sftt"], "model=runs/r/sftt: no such folder; in runs/r: did you mean 'sft'?"),
        (["model=runs/r/sft/modl"], "did you mean 'model'?"),
        (["model=empty"], "empty is no model folder: it has no config.json; give the folder a stage left"),
        ([SFT, "image=[red.png, rad.png]"], "rad.png; beside it: red.png"),
        ([SFT, "image=broken.png"], "broken.png (18 bytes)"),
        ([SFT, "video=gone.mp4"], "no such file: "),
        ([SFT, "prompt=fecial_r1"], "unknown prompt 'fecial_r1'"),
        ([SFT, "labels=mer5"], "unknown label set 'mer5'; did you mean 'mer6'?"),
        (
            [SFT, "quantize=int4"],
            "quantize=int4: did you mean 'nf4'? known: fp4, nf4; auto is as the model was trained",
        ),
        ([SFT, "dtype=bfloat"], "dtype=bfloat: did you mean 'bfloat16'?"),
        ([SFT, "max_new_tokens=0"], "max_new_tokens=0: it must be a whole number of at least 1"),
        ([SFT, "temperature=warm"], "temperature=warm: it must be a number of at least 0"),
        ([SFT, "seed=1.5"], "seed=1.5: it must be a whole number of at least 0"),
        ([SFT, "adapter=llava"], "adapter=llava is no adapter: there is no llava/adapter_config.json"),
        ([SFT, "save=red.png"], "red.png exists already and is not overwritten; name another file"),
        (["model=llava", "adapter=adapter"], "and does not fit 'llava': its base is a qwen3_vl, this is a llava"),
    ],
)
def test_mistakes_in_the_words_are_told_before_anything_is_asked(run, words, message):
    code, out, err = run("a\n", *words)
    assert (code, out) == (2, "")
    assert message in err.splitlines()[-1]


def test_a_stage_that_is_not_done_is_told(run, world, says):
    (world / "runs" / "r" / "grpo" / "done.json").rename(world / "undone")
    try:
        assert (
            "r/grpo is not done (no done.json); its model may be half trained" in run("", "model=runs/r/grpo/model")[2]
        )
    finally:
        (world / "undone").rename(world / "runs" / "r" / "grpo" / "done.json")


def test_media_are_named_without_talk_of_samples(world):
    with pytest.raises(InputError, match=r"^cannot read the image .*fetch the file again or give another$"):
        talks.media("image", [str(world / "broken.png")], origin.Origin().media)
