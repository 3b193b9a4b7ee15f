"""The bar store: Parquet on disk, columnar work on it."""
