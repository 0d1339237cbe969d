"""Tabular agents: plain recurrences in float64 (Watkins & Dayan 1992; Sutton & Barto 2018, sections 6.4 and 6.5)."""

from draws import Stream
from worlds import TERMINATED, TRUNCATED, at


class Table:
    """Q-learning, or Sarsa; epsilon-greedy, the first of the best actions where several are."""

    DEFAULTS = {
        "seed": 0,
        "totalSteps": 200_000,
        "discount": 0.99,
        "stepSize": {"type": "visits", "exponent": 0.6},
        "initialValue": 0,
        "epsilon": 0.1,
    }

    def __init__(self, agent, world, actions, options):
        self.settings = {**self.DEFAULTS, **options}
        self.is_sarsa = agent == "Sarsa"
        self.world, self.actions = world, actions
        self.q = [[float(self.settings["initialValue"])] * actions for _ in range(world.states)]
        self.visits = [[0] * actions for _ in range(world.states)]
        self.exploration = Stream(self.settings["seed"], "exploration")
        self.updates, self.last = 0, (None, None)
        self.env_steps = 0

    def epsilon(self):
        return at(self.settings["epsilon"], self.env_steps, self.settings["totalSteps"])

    def draw(self, state):
        if self.exploration.uniform() < self.epsilon():
            return self.exploration.index(self.actions)
        return self.q[state].index(max(self.q[state]))

    def move(self, state, action, target):
        self.visits[state][action] += 1
        size = self.settings["stepSize"]
        if isinstance(size, dict):
            size = self.visits[state][action] ** -size["exponent"]
        error = target - self.q[state][action]
        self.q[state][action] += size * error
        self.updates += 1
        self.last = (abs(error), size)

    def record(self):
        discount = self.settings["discount"]
        world = self.world
        actions, moments, waiting = [], [], None
        for t in range(world.steps):
            state, following = world.observation[0][t], world.next(0, t)
            reward, end = world.reward[0][t], world.end[0][t]
            action = self.draw(state)
            actions.append([action])
            if not self.is_sarsa:
                ahead = 0 if end == TERMINATED else discount * max(self.q[following])
                self.move(state, action, reward + ahead)
            else:
                # The step before waited for this action.
                if waiting is not None:
                    self.move(*waiting[:2], waiting[2] + discount * self.q[state][action])
                waiting = (state, action, reward)
                if end == TERMINATED:
                    self.move(state, action, reward)
                if end == TRUNCATED:
                    # The episode would have gone on with an action of the policy.
                    self.move(state, action, reward + discount * self.q[following][self.draw(following)])
                if end:
                    waiting = None
            self.env_steps += 1
            metrics = {"absTdError": self.last[0], "stepSize": self.last[1], "epsilon": self.epsilon()}
            weights = {"q": [value for row in self.q for value in row]}
            moments.append({"steps": t + 1, "updates": self.updates, "metrics": metrics, "weights": weights})
        return {"action": {"kind": "discrete", "n": self.actions, "start": 0}, "actions": actions, "moments": moments}
