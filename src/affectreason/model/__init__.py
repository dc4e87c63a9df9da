"""Models and tensors: loading, collating, generating."""

import warnings

# What the libraries tell each other about their next major version is no news to who trains a model.
warnings.filterwarnings("ignore", category=FutureWarning, module=r"transformers|trl|peft|accelerate")
