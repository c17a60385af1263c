"""What the catalog does when something happened: nothing yet waits for it here.

The catalog keeps its derived columns in the same transaction as the change (actions/cards.py), so
that a list never lags behind. What scores and subscriptions work out comes to it through actions.
"""
