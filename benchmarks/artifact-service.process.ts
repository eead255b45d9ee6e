/** GitHub's artifact service on loopback. Prints the variables with which a runner describes it to its steps, as JSON. */
import { ArtifactService } from '../__tests__/action/artifact-service.ts';

const service = new ArtifactService();
await service.start();
process.stdout.write(`${JSON.stringify(service.environment)}\n`);
