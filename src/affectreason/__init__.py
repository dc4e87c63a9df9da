"""Fine-tune vision-language models to reason about emotion: staged recipes, checked rewards, honest numbers."""

__version__ = "0.1.0"
__all__ = ["__version__"]
