"""Files of samples as a whole: how published sets are read, written, checked and described. Never imports torch."""
