// SentryClient
