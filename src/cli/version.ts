/** That of package.json; a test holds the two together. Written out, since both module formats and any bundler must find it. */
export const version = '0.1.0'
