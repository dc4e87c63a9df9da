"""Published data sets as their authors give them: what is known of each, its files, one file of samples made of it."""
