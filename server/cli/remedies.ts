/** The lines that a proxy needs, by what goes wrong without them: nginx's own words first, then any other proxy's. */
export const remedies = {
  unreachable:
    'nginx: proxy_pass http://APP:PORT;\nThe proxy does not reach the app: is it running, and is this its address and port?',
  location:
    'nginx: location / { proxy_pass …; }\nThe proxy keeps Patella’s own path from the app. Pass it on, with all that is below it.',
  upgrade:
    'nginx: proxy_set_header Upgrade $http_upgrade;\nnginx: proxy_set_header Connection $connection_upgrade;\nnginx: proxy_http_version 1.1;\nThe proxy does not pass the WebSocket upgrade on.',
  host: 'nginx: proxy_set_header Host $http_host;\nThe app believes to be another host, so it takes its own pages for strangers’.',
  proto:
    'nginx: proxy_set_header X-Forwarded-Proto $scheme;\nThe app believes to be reached by plain http. It needs the header, and to trust it: createPatella({ trustProxy: true }).',
  untrusted:
    'createPatella({ trustProxy: true }), or the host app’s own setting: the proxy says what the browser asked for, and the app does not believe it.',
  origin: 'createPatella({ origins: [ORIGIN] }), if pages of another origin are meant to use the cable.',
  timeout:
    'nginx: proxy_read_timeout 75s; proxy_send_timeout 75s;\nThe proxy gives up connections on which nothing comes for a while; the server pings every 3 s.',
  cookieHidden:
    'nginx: proxy_hide_header Set-Cookie; (or proxy_ignore_headers) must go\nThe proxy keeps the cookie from the browser.',
  cookieCached:
    'nginx: proxy_cache off; (or proxy_no_cache $upstream_http_set_cookie;)\nA cache gives one visitor’s session to the next. This is the worst fault that a proxy can have.',
  login:
    'Is the page behind a login? Come with the cookies of somebody who is logged in, as the browser shows them: --cookie "a=b; c=d".',
  broken:
    'Something on the way cuts or alters what the app answers. Ask the app itself, past the proxy, and compare: patella check http://APP:PORT/',
  script: 'Put <script src="/patella/client.js" defer></script> into the page’s head, or name the path: --path.',
} as const
