import { interval, type Subscription } from 'rxjs'

/** The round is made in so many steps: ten thousand pings at once would hold the loop. */
const steps = 16

/** Lets every client feel its pulse once per `pingMs`, a sixteenth of them at a time. Runs until unsubscribed. */
export const pinger = (pingMs: number, clients: ReadonlySet<{ readonly id: number; beat(): void }>): Subscription =>
  interval(pingMs / steps).subscribe((step) => {
    for (const client of clients) if (client.id % steps === step % steps) client.beat()
  })
