"""Files of samples as a whole: checked, described, asked about and mixed. Never imports torch."""
