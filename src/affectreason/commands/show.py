"""`affectreason show`: the resolved recipe, as it would run."""

from affectreason.errors import InputError
from affectreason.recipe import schema
from affectreason.recipe.words import pairs, write_yaml

HELP = "show recipe=NAME [KEY=VALUE ...]      print the resolved recipe"


def main(words: list[str]) -> int:
    """Print a recipe with its overrides applied, as YAML that is a recipe itself."""
    given = pairs(words)
    name = given.pop("recipe", None)
    if name is None:
        raise InputError("missing recipe=; for example: affectreason show recipe=tiny")
    recipe = schema.load(str(name), given)
    print(write_yaml(recipe.model_dump(mode="json", exclude_none=True)), end="")
    return 0
