"""The page kit: marks, words, templates, built files, and the style guide in a browser."""
