"""Environments whose course is written down: observations, rewards and ends come as they are, whatever is done in them."""

import random

import torch

RUNNING, TERMINATED, TRUNCATED = range(3)


class World:
    """
    E environments of T steps each. Numbers have few digits, so that files stay small.

        observation[e][t]  what step t is taken in; row T is what the last one leads to
        final[e][t]        where an episode ends with step t: its own last observation
    """

    def __init__(self, seed, steps, size, ends, environments=1, states=None, reward=1.0):
        """
        ends: {(t, e): TERMINATED or TRUNCATED}; size: numbers of an observation; states: how many there are, where it is a
        number of one
        """
        draw = random.Random(seed)
        number = lambda scale: round(draw.uniform(-scale, scale), 2)
        observe = lambda: draw.randrange(states) if states else [number(1.5) for _ in range(size)]
        self.steps, self.environments, self.size, self.states = steps, environments, size, states
        self.observation = [[observe() for _ in range(steps + 1)] for _ in range(environments)]
        self.reward = [[number(reward) for _ in range(steps)] for _ in range(environments)]
        self.end = [[ends.get((t, e), RUNNING) for t in range(steps)] for e in range(environments)]
        self.final = [{t: observe() for t in range(steps) if self.end[e][t]} for e in range(environments)]

    def next(self, e, t):
        return self.final[e][t] if self.end[e][t] else self.observation[e][t + 1]

    def space(self):
        if self.states:
            return {"kind": "discrete", "n": self.states, "start": 0}
        return {
            "kind": "box",
            "shape": [self.size],
            "low": [-10] * self.size,
            "high": [10] * self.size,
            "dtype": "float32",
        }

    def record(self):
        return [
            {
                "observation": self.observation[e],
                "final": list(self.final[e].values()),
                "reward": self.reward[e],
                "end": self.end[e],
            }
            for e in range(self.environments)
        ]


def at(schedule, env_steps, total_steps):
    """A number, or a line from one value to another over the planned steps."""
    if not isinstance(schedule, dict):
        return schedule
    over = schedule.get("fraction", 1) * total_steps
    share = min(1, env_steps / over)
    return schedule["from"] + (schedule["to"] - schedule["from"]) * share


def numbers(x, digits=8):
    """As many digits as a comparison needs."""
    return [round(v, digits) for v in x.detach().flatten().tolist()]


def number(x):
    return float(f"{torch.as_tensor(x).item():.9g}")
