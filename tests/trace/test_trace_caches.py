"""A cache has room for so much. When it is full it is emptied, and what it had is freed bit by bit, in every thread."""

import weakref
from threading import Thread

from ixnstate.trace.caches import FREED, with_room

MOST = 100


class Result:
    """Something that can be watched until it is freed."""


def keep(cache, watched, number):
    result = Result()
    watched.append(weakref.ref(result))
    with_room(cache, MOST)[number] = result


def alive(watched):
    return sum(result() is not None for result in watched)


def test_what_a_full_cache_had_is_freed_bit_by_bit():
    cache, watched = {}, []
    for number in range(10 * MOST):
        before = alive(watched)
        keep(cache, watched, number)
        assert len(cache) <= MOST
        assert before + 1 - alive(watched) <= FREED
    assert alive(watched) <= 2 * MOST


def test_threads_free_what_several_caches_had():
    watched = []

    def work():
        cache = {}
        for number in range(30 * MOST):
            keep(cache, watched, number)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8 * 2 * MOST):  # what is left is freed as one more cache is filled
        with_room(dict[int, None](), MOST)[number] = None
    assert alive(watched) == 0
