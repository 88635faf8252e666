"""The prose check: vague words in comments, docstrings, documents and test names, per area of the repository.

    texts.py     extracts the prose of a file, by its language
    rules.py     the table of vague words, and the search for them
    areas.py     the areas of the repository and the limit of each
    __main__.py  counts, prints the worst lines, and fails where an area exceeds its limit

Needs only Python 3.8: `python3 scripts/check --prose [PATH ...]`.
"""
