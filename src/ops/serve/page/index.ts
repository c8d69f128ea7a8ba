export { addPage, type PageRoutes } from './addPage.ts'
export { openFeed, type Shown } from './feed.ts'
