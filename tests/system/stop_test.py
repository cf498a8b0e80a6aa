"""Nodes that were asked to stop end cleanly, again and again, whatever their peers do meanwhile.

One of five is killed and comes back in every round, so that links end in all ways: lost, refused,
replaced, and hung up while all stop at once.
"""

from network import Network, run_test

ROUNDS = 8


def body(network):
    for number in range(ROUNDS):
        network.start()
        network.wait_ready()
        victim = network.members[number % len(network.members)]
        network.kill(victim)
        network.start(victim)
        network.wait_ready()
        network.stop()  # fails unless every exit code is 0


run_test(body, Network(["amber", "basalt", "cedar"], ["elm", "fjord"]))
