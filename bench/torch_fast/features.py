"""What NAME.item and NAME.user say."""
import numpy as np


def read(path, key, tokens, column):
    """The words of a column for each of the tokens, which `key` names; of id 0, and of tokens that the file lacks, none."""
    with open(path, encoding="utf-8") as file:
        names = [name.split(":")[0] for name in next(file).rstrip("\n").split("\t")]
        rows = (line.rstrip("\n").split("\t") for line in file)
        words = {row[names.index(key)]: row[names.index(column)].split() for row in rows}
    return [[], *(words.get(token, []) for token in tokens)]


def numbered(words):
    """One number from 1 on for each of these lists of one word or none, 0 for none; and how many numbers there are."""
    vocabulary = {word: i for i, word in enumerate(sorted({word for of in words for word in of}), 1)}
    return np.array([vocabulary[of[0]] if of else 0 for of in words]), len(vocabulary) + 1
