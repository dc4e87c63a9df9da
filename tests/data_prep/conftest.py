import pytest

from affectreason.published import scripts


@pytest.fixture
def given():
    """The samples (and rows left out) of a script: given("meld", root=tmp_path, split="test")."""

    def run(name, **options):
        script = scripts.load(name)
        unknown = set(options) - set(script.OPTIONS)
        assert not unknown, f"{name} has no option {unknown}"
        return list(script.samples(**{**{key: v for key, v in script.OPTIONS.items() if v is not ...}, **options}))

    return run
