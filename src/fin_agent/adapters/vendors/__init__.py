"""How each vendor is reached, shared by what it tells: prices, news, rates."""
