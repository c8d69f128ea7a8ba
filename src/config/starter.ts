import { schemaFiles } from './jsonSchema.ts'

/** What `tickstock init` writes: valid as it is, everything else within reach. */
export const starter = `{
  // Editors complete and check this file by it.
  "$schema": "./node_modules/tickstock/schemas/${schemaFiles.own}",

  // production: real data, and nothing falls back in silence.
  // test: made-up data. hybrid: real where your keys reach, made-up elsewhere.
  "mode": "test",

  // Keys belong into the environment or into .env; this only says which variable has them.
  "providers": {
    "polygon": {
      "apiKey": "\${POLYGON_API_KEY:}",
      "businessApiKey": "\${POLYGON_BUSINESS_API_KEY:}"
      // "delayed": true,          // plans that are 15 minutes behind
      // "connectionsMax": 1       // sockets that your account may hold
    },
    "simulated": { "seed": 7 }
  },

  // What runs. A frequency that is not named here is off.
  "frequencies": {
    // Trades; "A" second bars and "Q" quotes are to be had too.
    "per_second": { "tickers": ["AAPL", "MSFT", "NVDA"], "channels": ["T"] },
    "per_minute": { "tickers": "*" },
    // Needs a Business key when it is to be real.
    "fair_market_value": { "tickers": ["AAPL", "MSFT", "NVDA"] }
  },

  // shared: the fewest sockets. dedicated: one for each frequency.
  "links": "shared",

  // The websocket server that clients of the vendor's protocol connect to.
  "publisher": { "port": 8787 }
}
`
