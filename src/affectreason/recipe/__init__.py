"""What to run: recipes, their stages and folders, the prompts. Never imports torch."""
