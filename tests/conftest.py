import importlib.util
import json
import os
import resource
import threading
import wave
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import read, write

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; two threads change the last digits of losses
KINDS = ("qwen3_vl", "qwen2_vl", "qwen2_5_vl", "llava", "llava_onevision", "affectgpt")
ROOT = Path(__file__).resolve().parent.parent
MICRO = str(Path(__file__).with_name("data") / "micro.yaml")


LONG = (
    "test_chain", "test_full_recipes", "test_kills", "test_checkpoints", "test_check_machines", "test_probe",
    "test_on_meta",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """Files that take long first: begun last, one of them leaves the other process waiting."""
    items.sort(key=lambda item: item.path.stem not in LONG)


def pytest_addoption(parser):
    parser.addoption("--write-golden", action="store_true", help="write tests/golden anew instead of comparing with it")


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """The folder of each tiny model by its kind, written once."""
    from affectreason.model import tiny

    folder = tmp_path_factory.mktemp("models")
    for kind in KINDS:
        tiny.write(kind, folder / kind)
    return {kind: str(folder / kind) for kind in KINDS}


@pytest.fixture(scope="session")
def qwen(models):
    """The folder of the tiny Qwen3-VL."""
    return models["qwen3_vl"]


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Two people with seven emotions each as pictures, two clips, and one sample of text alone; paths are absolute."""
    from affectreason.media.draw_faces import draw_faces

    folder = tmp_path_factory.mktemp("faces")
    write(folder / "samples.jsonl", draw_faces(folder, {"train": 14}, clips={"train": 2}, workers=1))
    found = read(folder / "samples.jsonl")
    text = Sample(id="text", question="How does a smile look?", gold=Affect(emotion="happiness"), labels="ekman7")
    return {"pictures": found[:14], "clips": found[14:], "text": text}


@pytest.fixture(scope="session")
def pictures(drawn):
    """Fourteen faces, two of each emotion."""
    return drawn["pictures"]


@pytest.fixture(scope="session")
def text_encoder(tmp_path_factory):
    """The folder of a random BERT of two layers and its tokenizer of ten words, sixteen tokens at most."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    place = tmp_path_factory.mktemp("encoder")
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "brows", "are", "raised", "lips", "part"]
    inner = Tokenizer(models.WordPiece({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=inner, model_max_length=16, **special).save_pretrained(place)
    small = BertConfig(
        vocab_size=len(names), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=16,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(small).save_pretrained(place)
    return str(place)


@pytest.fixture
def served():
    """An endpoint on this machine that gives one reply, or what a function makes of the question.

    A context that yields its address and what it was sent.
    """

    @contextmanager
    def serve(reply, status=200):
        got = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                got.append((self.path, body, self.headers.get("Authorization")))
                given = reply(body["messages"][0]["content"]) if callable(reply) else reply
                self.send_response(status)
                self.end_headers()
                self.wfile.write(given if isinstance(given, bytes) else json.dumps(given).encode())

            def log_message(self, *args):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", got
        finally:
            server.shutdown()
            server.server_close()

    return serve


@pytest.fixture
def recipe():
    """The micro recipe with overrides, as the command line gives them."""
    from affectreason.recipe import schema

    return lambda **overrides: schema.load(MICRO, {key.replace("__", "."): value for key, value in overrides.items()})


@pytest.fixture
def golden(request):
    """Compare numbers with a file of tests/golden, or write it under --write-golden."""

    def check(name, numbers, tolerance):
        path = ROOT / "tests" / "golden" / f"{name}.json"
        if request.config.getoption("--write-golden"):
            versions = {library: version(library) for library in ("torch", "transformers", "trl")}
            path.write_text(json.dumps({"versions": versions, "numbers": numbers}, indent=2) + "\n")
        stored = json.loads(path.read_text())
        assert numbers == pytest.approx(stored["numbers"], abs=tolerance), (
            f"{path.name} was made with {stored['versions']}"
        )

    return check


@pytest.fixture
def full_disk():
    """A disk on which no file can grow beyond some bytes; the limit is the kernel's, so every library meets it."""

    @contextmanager
    def limit(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit


@pytest.fixture
def picture():
    """Write a small picture, its folders too."""

    def write(path, shade=0):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (shade % 256, 90, 60)).save(path)
        return path

    return write


@pytest.fixture
def clip():
    """Write a clip of ten small frames at 10 a second, its folders too."""

    def write(path, shade=0):
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width = stream.height = 16
            stream.pix_fmt = "yuv420p"
            for number in range(10):
                pixels = np.full((16, 16, 3), (shade + number * 9) % 256, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        return path

    return write


@pytest.fixture
def sound():
    """Write a tenth of a second of a tone at 16 kHz, its folders too."""

    def write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        tone = (np.sin(np.arange(1600) / 6) * 9000).astype("<i2")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(tone.tobytes())
        return path

    return write


def beside(name):
    """A file of this folder as a module."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A stand-in of the Hub that its client talks to as Ann, with a token and an empty cache."""
    import huggingface_hub
    from huggingface_hub import constants
    from transformers.utils import hub as transformers_hub

    from affectreason.model.hub import adapter_folder

    made = beside("stand_in_hub")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub_cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no_token"))
    monkeypatch.setenv("HF_TOKEN", made.TOKEN)
    adapter_folder.cache_clear()
    with made.running() as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(transformers_hub, "_hf_api", None)  # made once, for the address there was
        place = running.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", place)
        running.token = made.TOKEN
        huggingface_hub.close_session()
        yield running
    huggingface_hub.close_session()
    adapter_folder.cache_clear()


@pytest.fixture
def finished(tmp_path, qwen):
    """A run of two stages as they leave it, an SFT adapter over `tiny:qwen3_vl` and GRPO begun from it; no training."""
    made = beside("finished_run")
    return lambda **changes: made.write_run(tmp_path / "runs" / "mine", qwen, **changes)
