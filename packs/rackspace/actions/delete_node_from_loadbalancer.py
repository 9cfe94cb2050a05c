from lib.action import RackspaceAction
from lib.loadbalancers import remove_member


class DeleteNodeFromLoadBalancerAction(RackspaceAction):
    def run(self, loadbalancer_id, ip, port=None):
        return {"removed": remove_member(self.cloud(), loadbalancer_id, ip, port)}
