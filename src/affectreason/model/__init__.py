"""Models and tensors: loading, collating, generating."""
