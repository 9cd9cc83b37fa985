"""The networks that people port: where each is, and how it comes here whole and proven by its hash."""
