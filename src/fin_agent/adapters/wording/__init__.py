"""Financial English: the words of headlines, what they say of which thing, and how much it counts.

The tables in ``words/`` are ours, written from knowledge of the language; no published list is in
them. ``fin_agent.adapters.sentiment.finance`` turns what is found here into one score.
"""
