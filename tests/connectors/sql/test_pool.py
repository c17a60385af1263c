"""Idle connections: a few are kept, none that broke is lent again, none survives a fork."""

import os
from itertools import count

import pytest

from marketplace.connectors.sql.pool import KEPT, Pool


class Line:
    """A connection that remembers whether it was closed."""

    def __init__(self, number: int) -> None:
        self.number, self.broken, self.closed = number, False, False


@pytest.fixture
def pool():
    numbers = count(1)
    return Pool(
        lambda: Line(next(numbers)),
        quiet=lambda line: not line.broken,
        close=lambda line: setattr(line, "closed", True),
    )


def test_a_connection_that_was_put_back_is_lent_again(pool):
    first = pool.take()
    pool.put_back(first)

    assert pool.take() is first
    assert pool.take().number == 2


def test_one_that_broke_while_it_was_idle_is_closed_and_not_lent(pool):
    first = pool.take()
    pool.put_back(first)
    first.broken = True

    assert pool.take().number == 2
    assert first.closed


def test_no_more_than_a_few_are_kept_and_all_of_them_are_closed_at_the_end(pool):
    lines = [pool.take() for _ in range(KEPT + 1)]
    for line in lines:
        pool.put_back(line)

    assert [line.closed for line in lines] == [False] * KEPT + [True]
    pool.close()
    assert all(line.closed for line in lines)


def test_a_child_speaks_on_no_connection_of_its_parent(pool, monkeypatch):
    first = pool.take()
    pool.put_back(first)
    parent = os.getpid()

    monkeypatch.setattr(os, "getpid", lambda: parent + 1)

    assert pool.take() is not first
    assert not first.closed
