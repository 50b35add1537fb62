/** A first manifest for Nimble: valid as it stands, with what a reader may want next in comments. */
export const EXAMPLE_NIMBLE = `# A job of Nimble. The fields of \`spec\` are the API's own; a field that is left out is not managed.
apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: example-nimble
  # annotations:
  #   jobwright.dev/protect: "true" # never delete or replace it
spec:
  agent_name: amazon_pdp
  display_name: Example of a Nimble job
  schedule:
    cron: "17 6 * * *" # in UTC
    enabled: false # it does not run before you say so
  inputs:
    type: inline
    data:
      - { asin: B08N5WRWNW }
  destination:
    type: s3
    path: s3://your-bucket/example/
`;

/** The same for Blaxel. */
export const EXAMPLE_BLAXEL = `# A job of Blaxel, in the form that \`bl apply -f\` takes. The image is left out: \`bl deploy\` sets it.
apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: example-blaxel
  displayName: Example of a Blaxel job
spec:
  runtime:
    memory: 2048 # MB
    timeout: 900 # seconds
    maxRetries: 1
    envs:
      - name: LOG_LEVEL
        value: info
      # A secret stands in the environment of whoever applies, never in Git:
      # - { name: OPENAI_API_KEY, value: "\${env:OPENAI_API_KEY}", secret: true }
  triggers:
    - type: cron
      enabled: false # it does not run before you say so
      configuration:
        schedule: "43 2 * * *" # in UTC
`;
