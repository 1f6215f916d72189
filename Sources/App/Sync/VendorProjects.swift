import JiraClient
import SentryClient

extension JiraProjectRecord {
  init(_ project: JiraProject) {
    self.init(
      jiraID: project.id, key: project.key, name: project.name, description: project.description,
      projectType: project.projectTypeKey, category: project.categoryName,
      leadAccountID: project.lead?.accountID, leadDisplayName: project.lead?.displayName,
      avatarURL: project.avatarURL, archived: project.archived)
  }
}

extension SentryProjectRecord {
  init(_ project: SentryProject) {
    self.init(
      sentryID: project.id, slug: project.slug, name: project.name, platform: project.platform)
  }
}
