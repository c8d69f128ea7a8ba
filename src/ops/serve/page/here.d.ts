/** Where the built page is: index.html, page.js, page.css. A module of its own, since ES modules and CommonJS find out differently. */
export declare const pageFolder: string
