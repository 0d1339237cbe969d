"""
What agents that learn a policy learn from: everything that was done since the last round. Letters: T steps, E environments, slot
k = t E + e of a rollout.
"""

import torch

from draws import f32
from worlds import RUNNING, TERMINATED


def advantages(kind, reward, value, following, terminated, ended, discount):
    """
    All [T, E]. GAE(lambda) (Schulman et al. 2016), which is Monte Carlo with lambda 1, or n steps (Mnih et al. 2016). Sums stop
    where an episode ends and at the rollout's end, with the value of what was reached there; with nothing where it terminated.
    """
    T, E = reward.shape
    result = torch.zeros(T, E)
    for e in range(E):
        for t in range(T):
            total, factor, k = 0.0, 1.0, t
            n = kind.get("steps", T)
            trace = discount * {"gae": kind.get("lambda"), "monte-carlo": 1.0, "n-step": 1.0}[kind["type"]]
            while True:
                ahead = 0.0 if terminated[k, e] else discount * following[k, e]
                total += factor * (reward[k, e] + ahead - value[k, e])
                factor *= trace
                k += 1
                if ended[k - 1, e] or k == T or k - t == n:
                    break
            result[t, e] = total
    return result


class Rollout:
    """What was done since the last round: lists with an entry per slot, then tensors."""

    def __init__(self, environments):
        self.environments = environments
        self.matrices = [None] * environments
        self.slots = []

    def steps_of(self, _row):
        return len(self.slots) // self.environments

    def add(self, **numbers_of_slot):
        self.slots.append(numbers_of_slot)

    def close(self, model, settings):
        """Makes tensors, and estimates advantages by the values of the policy that acted."""
        E = self.environments
        column = lambda name: torch.stack([torch.as_tensor(slot[name], dtype=torch.float64) for slot in self.slots])
        names = ["observation", "next", "action", "log_probability", "value", "reward", "end", "mask", "state"]
        for name in names:
            setattr(self, name, None if self.slots[0].get(name) is None else column(name))
        ended = (self.end != RUNNING).reshape(-1, E)
        with torch.no_grad():
            following = self.next
            if self.state is not None:
                following = model.remember(self.next, model.remember(self.observation, self.state))
            following = model(following)[1]
            if not settings.get("baseline", True):
                self.value, following = torch.zeros_like(self.value), torch.zeros_like(following)
            shaped = [x.reshape(-1, E) for x in (self.reward, self.value, following, self.end == TERMINATED)]
            self.advantage = advantages(settings["advantage"], *shaped, ended, settings["discount"]).flatten()
        self.returns = self.advantage + self.value
        # Where an episode starts within the rollout.
        self.start = torch.cat([torch.zeros(1, E, dtype=torch.bool), ended[:-1]]).flatten()

    def see(self, model, rows, sequence_steps):
        """What the networks see of these slots; of a policy that remembers they are sequences, step by step."""
        if self.state is None:
            return self.observation[rows]
        sequences = torch.tensor(rows).reshape(sequence_steps, -1)
        state, seen = self.state[sequences[0]], []
        for slots in sequences:
            state = torch.where(self.start[slots].unsqueeze(1), torch.zeros_like(state), state)
            state = model.remember(self.observation[slots], state)
            seen.append(state)
        return torch.cat(seen)


class RunningStatistics:
    """Mean and variance of all batches so far (Chan, Golub & LeVeque 1979), from the start of Gymnasium's RunningMeanStd."""

    def __init__(self, size):
        self.count, self.mean, self.variance = 1e-4, torch.zeros(size), torch.ones(size)

    def include(self, batch):
        n, total = len(batch), self.count + len(batch)
        change = batch.mean(0) - self.mean
        squares = self.variance * self.count + batch.var(0, correction=0) * n + change**2 * self.count * n / total
        self.mean = self.mean + change * n / total
        self.variance, self.count = squares / total, total


class Normalizer:
    """
    Stable-Baselines3's VecNormalize: observations get mean 0 and variance 1, rewards are divided by the deviation of discounted
    returns; neither goes beyond 10.
    """

    def __init__(self, size, environments, settings):
        self.observations = RunningStatistics(size) if settings["normalizeObservations"] else None
        self.returns = RunningStatistics(1) if settings["normalizeRewards"] else None
        self.traces = torch.zeros(environments, 1)
        self.discount = settings["discount"]

    def see(self, x):
        if self.observations is None:
            return x
        seen = (x - self.observations.mean) / (self.observations.variance + 1e-8).sqrt()
        return f32(seen.clamp(-10, 10))

    def include_observations(self, x):
        """Of a step of all environments, after it: what it leads to is seen with them."""
        if self.observations is not None:
            self.observations.include(x)

    def scale(self, reward, ended):
        """Rewards of a step of all environments, [E]."""
        if self.returns is None:
            return reward
        self.traces = self.traces * self.discount + reward.unsqueeze(1)
        self.returns.include(self.traces)
        self.traces = self.traces * ~ended.unsqueeze(1)
        return f32((reward / (self.returns.variance + 1e-8).sqrt()).clamp(-10, 10))
