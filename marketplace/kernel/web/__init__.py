"""What every page is made of: marks, words, states and safe Markdown, as template tags."""
