"""When to look again: at counts that grow by a share, so that n results cost a logarithm of n looks."""


def last_due(first: int, n: int) -> int:
    """The last of the counts `first`, and a quarter more each time, that n has come to; n before that."""
    due = first
    while (after := -(-due * 5 // 4)) <= n:
        due = after
    return min(due, n)
