import { storyConfigurations } from './support/story-configurations.ts';
import { tellIdentityStory } from './support/tell-identity-story.ts';

tellIdentityStory(storyConfigurations.mutualTls);
