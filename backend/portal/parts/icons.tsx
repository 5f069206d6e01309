// Small drawings beside words, never instead of them: hidden from screen readers, in the colour of the text.

function Icon(props: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={props.path}
        fill="none"
        stroke="currentColor"
        stroke-width="2.2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}

/** Into the house. */
export const OfftakeIcon = () => <Icon path="M12 3v11M7 9.5l5 5 5-5M4 20h16" />
/** Out of the house. */
export const InjectionIcon = () => <Icon path="M12 15V4M7 8.5l5-5 5 5M4 20h16" />
export const BalanceIcon = () => <Icon path="M6 9h12M6 15h12" />
export const CheckIcon = () => <Icon path="M5 12.5l4.5 4.5L19 7.5" />
export const WarnIcon = () => <Icon path="M12 4l9 16H3zM12 10v4M12 17v.2" />
export const WaitIcon = () => <Icon path="M12 7v5l3 2M12 3a9 9 0 1 0 .01 0" />
