"""What is true about a trading day: pure, synchronous, standard library only."""
