/** One whole configuration: its files, the environment it is meant for, and what comes of it. */
export interface Example {
  readonly title: string
  readonly text: string
  readonly files: Readonly<Record<string, string>>
  /** Variables that the deployment has; the values here are made up. */
  readonly environment: Readonly<Record<string, string>>
}

/** The four of docs/configuration.md, which a test runs through `tickstock check`. */
export const examples: readonly Example[] = [
  {
    title: 'One key and one socket',
    text: 'An individual plan: trades and minute bars share the one socket that it allows.',
    environment: { POLYGON_API_KEY: 'your-key' },
    files: {
      'tickstock.config.json': `{
  "mode": "production",
  "providers": { "polygon": { "apiKey": "\${POLYGON_API_KEY}" } },
  "frequencies": {
    "per_second": { "tickers": ["AAPL", "MSFT", "NVDA"] },
    "per_minute": { "tickers": "*" }
  }
}`,
    },
  },
  {
    title: 'Business with three sockets',
    text: 'Both keys, a socket for each frequency, by the variables of the environment alone and a subscriptions JSON as before.',
    environment: { POLYGON_API_KEY: 'your-key', POLYGON_BUSINESS_API_KEY: 'your-business-key' },
    files: {
      '.env': `DATA_SOURCE_MODE=production
ACTIVE_DATA_PROVIDERS=polygon
ENABLE_MULTI_FREQUENCY=true
WEBSOCKET_SUBSCRIPTIONS_FILE=config/websocket_subscriptions.json
WEBSOCKET_CONNECTION_POOL_SIZE=3
TICKSTOCK_LINKS=dedicated`,
      'config/websocket_subscriptions.json': `{
  "version": "1.0",
  "default_provider": "polygon",
  "subscriptions": {
    "per_second": {
      "enabled": true,
      "provider": "polygon",
      "tickers": ["AAPL", "MSFT", "NVDA"],
      "max_tickers": 1000,
      "subscription_format": "T.{ticker}",
      "priority": 1
    },
    "per_minute": {
      "enabled": true,
      "provider": "polygon",
      "tickers": ["*"],
      "subscription_format": "AM.{ticker}",
      "priority": 2
    },
    "fair_market_value": {
      "enabled": true,
      "provider": "polygon",
      "tickers": ["AAPL", "MSFT"],
      "max_tickers": 100,
      "subscription_format": "FMV.{ticker}",
      "priority": 3
    }
  }
}`,
    },
  },
  {
    title: 'Hybrid',
    text: 'Minute bars from the vendor; trades, which the plan does not have, from the simulator.',
    environment: { POLYGON_API_KEY: 'your-key' },
    files: {
      'tickstock.config.json': `{
  "mode": "hybrid",
  "activeProviders": ["polygon", "simulated"],
  "providers": {
    "polygon": { "apiKey": "\${POLYGON_API_KEY}", "delayed": true },
    "simulated": { "seed": 7, "hours": "calendar" }
  },
  "frequencies": {
    "per_minute": { "provider": "polygon", "tickers": "*", "fallbackProvider": "simulated" },
    "per_second": { "provider": "simulated", "tickers": ["AAPL", "MSFT", "NVDA"] }
  }
}`,
    },
  },
  {
    title: 'Everything simulated',
    text: 'No key, a lively market, the same one every time.',
    environment: {},
    files: {
      'tickstock.config.json': `{
  "mode": "test",
  "provider": "simulated",
  "providers": { "simulated": { "seed": 7, "activity": "high", "tickers": 200 } },
  "frequencies": { "per_second": {}, "per_minute": {}, "fair_market_value": {} }
}`,
    },
  },
]
