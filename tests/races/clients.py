"""A crowd that clicks: processes with threads, each thread one signed-in person with a browser's patience.

Run by crowd.py as `python -m tests.races.clients`, with the task as JSON on its standard input:

    processes   how many
    people      [{session, posts}, {session, lost} or {session, board, verb}]: posts to each address once, in order (an
                address, or one with its form: [address, {...}]); or posts to a lost place, and then takes what the
                answer keeps for them; or opens the board and clicks a random free place ("book") until one is theirs
                or none is free
    weaken      name of a module whose `under_lock` holds nothing, neither lock nor transaction, so that a negative
                control can fail; with a pause between what is read and what is written
    unguard     name of a method that looks once more as it writes: it looks no more
    slow        name of a function after which the process waits for the others, in place of the module's read_again
    silence     name of a function that does nothing
    meet        name of a function at whose first end everybody waits until all have come so far
    hang        name of a function at which the process stops for good, having said so

Answers one JSON list: for each person the statuses of their clicks.
"""

import json
import logging
import multiprocessing
import random
import re
import sys
import threading
import time
from pkgutil import resolve_name

import django

django.setup()

from django.conf import settings  # noqa: E402 - after the setup
from django.db import IntegrityError, connections  # noqa: E402
from django.test import Client  # noqa: E402

logging.disable(logging.WARNING)  # a refused click is one
MOST_CLICKS = 60
PATIENCE_SECONDS = 20


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def without_a_lock(lock, act, *, after_conflict):
    try:
        return act()
    except IntegrityError:
        truth = after_conflict()
        if isinstance(truth, Exception):
            raise truth from None
        return truth


def slowly(function):
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        time.sleep(0.05)
        return result

    return wrapper


def together(barrier):
    def decorate(function):
        come = threading.local()

        def wrapper(*args, **kwargs):
            result = function(*args, **kwargs)
            if not hasattr(come, "already"):
                come.already = True
                barrier.wait(PATIENCE_SECONDS)
            return result

        return wrapper

    return decorate


def for_good(function):
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        say("hanging")
        time.sleep(600)
        return result

    return wrapper


def patch(name: str, decorate) -> None:
    owner_name, _dot, attribute = name.rpartition(".")
    owner = resolve_name(owner_name)
    setattr(owner, attribute, decorate(getattr(owner, attribute)))


def visit(person: dict, rng: random.Random) -> list[int]:
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = person["session"]
    statuses = []
    for address in person.get("posts") or ():
        where, form = address if isinstance(address, list) else (address, {})
        statuses.append(client.post(where, form).status_code)
    if person.get("posts"):
        return statuses
    if person.get("lost"):
        answer = client.post(person["lost"])
        kept = re.search(r'board-kept.*?formaction="([^"]+)"', answer.content.decode(), re.DOTALL)
        return [answer.status_code, *([client.post(kept[1]).status_code] if kept else [])]
    button = re.compile(rf'formaction="([^"]+/{person["verb"]}/)"')
    page = client.get(person["board"])
    while (free := button.findall(page.content.decode())) and len(statuses) < MOST_CLICKS:
        answer = client.post(rng.choice(free))
        statuses.append(answer.status_code)
        if answer.status_code not in (404, 409):
            break
        # What is refused comes with the fresh board; what is gone does not.
        page = answer if answer.status_code == 409 else client.get(person["board"])
    return statuses


def process(people, start, number, answers) -> None:
    found: list = [None] * len(people)

    def one(index: int) -> None:
        try:
            start.wait()
            found[index] = visit(people[index], random.Random(f"{number}:{index}"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(index,)) for index in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put((number, found))


def main() -> None:
    task = json.load(sys.stdin)
    if task.get("weaken"):
        patch(f"{task['weaken']}.under_lock", lambda function: without_a_lock)
        patch(task.get("slow") or f"{task['weaken']}.read_again", slowly)
    if task.get("silence"):
        patch(task["silence"], lambda function: lambda *args, **kwargs: None)
    if task.get("unguard"):
        patch(task["unguard"], lambda method: lambda row, *args: type(row).objects.filter(pk=row.pk))
    if task.get("hang"):
        patch(task["hang"], for_good)
    people, count = task["people"], min(task["processes"], len(task["people"]))
    fork = multiprocessing.get_context("fork")  # one start of Django for all; no connection is open yet
    start, answers = fork.Barrier(len(people)), fork.Queue()
    if task.get("meet"):
        patch(task["meet"], together(fork.Barrier(len(people))))
    shares = [people[number::count] for number in range(count)]
    crowd = [fork.Process(target=process, args=(share, start, n, answers)) for n, share in enumerate(shares)]
    for each in crowd:
        each.start()
    by_number = dict(answers.get() for _ in crowd)
    for each in crowd:
        each.join()
    in_order = [by_number[index % count][index // count] for index in range(len(people))]
    say(json.dumps(in_order))


if __name__ == "__main__":
    main()
