# The server. It needs the Docker CLI to start sandboxes and git for its mirrors; it runs as an ordinary user.
# Give it an engine by DOCKER_HOST (a rootless engine or a socket proxy): whoever holds a plain engine socket is root
# on that machine.
# Another base, from a registry of your own say, needs Node.js 24, npm, apt and a user "node".
ARG BASE=node:24-bookworm-slim
FROM ${BASE}

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git docker.io \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY src ./src
COPY prompts ./prompts
COPY app.yml ./

ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/cli.ts", "server"]
