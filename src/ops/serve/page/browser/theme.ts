import { byId } from './dom.ts'

const next = { auto: 'light', light: 'dark', dark: 'auto' } as const
type Theme = keyof typeof next

const isTheme = (value: string | null): value is Theme => value !== null && value in next

/** The system's light or dark, or the one chosen here; remembered in this browser. */
export const setUpTheme = (): void => {
  const button = byId('theme')
  const stored = localStorage.getItem('tickstock-theme')
  let theme: Theme = isTheme(stored) ? stored : 'auto'

  const apply = (): void => {
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    button.textContent = `theme: ${theme}`
    document.dispatchEvent(new Event('theme'))
  }
  button.addEventListener('click', () => {
    theme = next[theme]
    localStorage.setItem('tickstock-theme', theme)
    apply()
  })
  apply()
}
